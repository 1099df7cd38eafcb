// A list as a table; on a narrow screen each row becomes a card whose cells carry their column's name.

import type { ComponentChildren } from "preact";
import { useWords } from "../i18n/index.tsx";
import { Button } from "./button.tsx";
import { Skeleton } from "./states.tsx";
import style from "./table.module.css";

export interface Column<T> {
  key: string;
  title: string;
  cell: (row: T) => ComponentChildren;
  /** Numbers and times stand at the end of their column. */
  end?: boolean;
  /** Takes what room is left. */
  wide?: boolean;
}

interface TableProps<T> {
  label: string;
  columns: Column<T>[];
  /** Undefined until they are there. */
  rows: T[] | undefined;
  id: (row: T) => string;
  hasMore?: boolean;
  more?: () => void;
  loadingMore?: boolean;
}

export function Table<T>({ label, columns, rows, id, hasMore, more, loadingMore }: TableProps<T>) {
  const { common } = useWords();
  if (!rows) {
    return (
      <div class={style.skeleton}>
        <span class="sr-only" role="status">
          {common.loading}
        </span>
        <Skeleton lines={6} height="2rem" />
      </div>
    );
  }
  return (
    <>
      <div class={style.scroll}>
        <table class={style.table} aria-label={label}>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column.key} scope="col" class={cellClass(column)}>
                  {column.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={id(row)}>
                {columns.map((column) => (
                  <td key={column.key} data-title={column.title} class={cellClass(column)}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {hasMore && (
        <div class={style.more}>
          <Button size="s" busy={loadingMore} onClick={more}>
            {common.more}
          </Button>
        </div>
      )}
    </>
  );
}

const cellClass = (column: { end?: boolean; wide?: boolean }) =>
  [column.end && style.end, column.wide && style.wide].filter(Boolean).join(" ") || undefined;
