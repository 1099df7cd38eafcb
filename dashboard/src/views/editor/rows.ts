// Rows of a form for a map of names: while they are typed two rows may have the same name or none, which a map cannot.

import { useEffect, useRef, useState } from "preact/hooks";

export interface Row {
  key: number;
  name: string;
  value: string;
}

let last = 0;
const row = (name: string, value: string): Row => ({ key: ++last, name, value });

const rowsOf = (map: Record<string, unknown>): Row[] =>
  Object.entries(map).map(([name, value]) => row(name, typeof value === "string" ? value : JSON.stringify(value)));

const mapOf = (rows: Row[]): Record<string, string> =>
  Object.fromEntries(rows.filter(({ name }) => name !== "").map(({ name, value }) => [name, value]));

export function useRows(map: Record<string, unknown>, onChange: (map: Record<string, string>) => void) {
  const [rows, setRows] = useState(() => rowsOf(map));
  const given = useRef(JSON.stringify(map));
  useEffect(() => {
    const now = JSON.stringify(map);
    if (now === given.current) return;
    given.current = now;
    setRows(rowsOf(map));
  }, [map]);
  const set = (next: Row[]) => {
    setRows(next);
    const value = mapOf(next);
    given.current = JSON.stringify(value);
    onChange(value);
  };
  return {
    rows,
    add: () => setRows([...rows, row("", "")]),
    change: (key: number, part: Partial<Row>) =>
      set(rows.map((item) => (item.key === key ? { ...item, ...part } : item))),
    remove: (key: number) => set(rows.filter((item) => item.key !== key)),
  };
}
