// A labelled field: its label, its hint, its fault, and the wires between them that a screen reader follows.
// What goes into the field is the caller's, by the function that gets the wires.

import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";
import { useWords } from "../i18n/index.tsx";
import style from "./field.module.css";

export interface Wires {
  id: string;
  "aria-describedby"?: string;
  "aria-invalid"?: true;
}

interface FieldProps {
  label: ComponentChildren;
  hint?: ComponentChildren;
  fault?: string;
  optional?: boolean;
  /** Beside the label, at its far end. */
  aside?: ComponentChildren;
  children: (wires: Wires) => ComponentChildren;
}

export function Field({ label, hint, fault, optional, aside, children }: FieldProps) {
  const id = useId();
  const { common } = useWords();
  const described = [hint && `${id}-hint`, fault && `${id}-fault`].filter(Boolean).join(" ");
  return (
    <div class={style.field}>
      <div class={style.head}>
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: a pointer's convenience: what is no form element takes no focus from its label by itself */}
        <label id={`${id}-label`} for={id} onClick={() => document.getElementById(id)?.focus()}>
          {label}
        </label>
        {optional && <span class={style.optional}>{common.optional}</span>}
        {aside && <span class={style.aside}>{aside}</span>}
      </div>
      {children({ id, "aria-describedby": described || undefined, "aria-invalid": fault ? true : undefined })}
      {hint && (
        <p class={style.hint} id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {fault && (
        <p class={style.fault} id={`${id}-fault`} role="alert">
          {fault}
        </p>
      )}
    </div>
  );
}

type InputProps = Omit<JSX.IntrinsicElements["input"], "value" | "onInput"> & {
  value: string;
  onInput: (value: string) => void;
};

/** One line of text. */
export function Input({ value, onInput, ...rest }: InputProps) {
  return (
    <input
      type="text"
      autocomplete="off"
      spellcheck={false}
      {...rest}
      class={`${style.input} ${rest.class ?? ""}`}
      value={value}
      onInput={(event) => onInput(event.currentTarget.value)}
    />
  );
}

type TextAreaProps = Omit<JSX.IntrinsicElements["textarea"], "value" | "onInput"> & {
  value: string;
  onInput: (value: string) => void;
};

/** Several lines; it grows with them. */
export function TextArea({ value, onInput, ...rest }: TextAreaProps) {
  return (
    <textarea
      rows={4}
      {...rest}
      class={`${style.input} ${style.area} ${rest.class ?? ""}`}
      value={value}
      onInput={(event) => onInput(event.currentTarget.value)}
    />
  );
}

type SelectProps = Omit<JSX.IntrinsicElements["select"], "value" | "onChange"> & {
  value: string;
  onChange: (value: string) => void;
  options: { value: string; label: string; disabled?: boolean }[];
};

export function Select({ value, onChange, options, ...rest }: SelectProps) {
  return (
    <select
      {...rest}
      class={`${style.input} ${style.select} ${rest.class ?? ""}`}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    >
      {options.map((option) => (
        <option key={option.value} value={option.value} disabled={option.disabled}>
          {option.label}
        </option>
      ))}
    </select>
  );
}

interface SwitchProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  label: ComponentChildren;
  hint?: ComponentChildren;
  disabled?: boolean;
  /** Draws the switch alone; the label is then only heard. */
  bare?: boolean;
}

/** On or off, at once. */
export function Switch({ checked, onChange, label, hint, disabled, bare }: SwitchProps) {
  const id = useId();
  return (
    <div class={style.switch}>
      <input
        id={id}
        type="checkbox"
        role="switch"
        aria-checked={checked}
        checked={checked}
        disabled={disabled}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <div class={bare ? "sr-only" : undefined}>
        <label for={id}>{label}</label>
        {hint && (
          <p class={style.hint} id={`${id}-hint`}>
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
