// The sign of Uncino: a hook.

export function Mark({ size = 26 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="var(--accent)" />
      <path
        d="M19 12.5v7a5 5 0 0 1-10 0v-1.6M19 12.5a2.9 2.9 0 1 0 0-5.8 2.9 2.9 0 0 0 0 5.8"
        fill="none"
        stroke="var(--accent-ink)"
        stroke-width="2.4"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
