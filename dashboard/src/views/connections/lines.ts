// What a person writes one on each line: headers and hosts.

export function headersText(headers: unknown): string {
  if (typeof headers !== "object" || headers === null) return "";
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join("\n");
}

/** The headers of a text, or the first line that is none. One that is written twice is a list, as in HTTP. */
export function parseHeaders(text: string): { headers: Record<string, string> } | { bad: string } {
  const headers = new Map<string, string>();
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).trim();
    const value = line.slice(colon + 1).trim();
    if (!name || !value || /\s/.test(name)) return { bad: line.trim().slice(0, 40) };
    const before = headers.get(name);
    headers.set(name, before ? `${before}, ${value}` : value);
  }
  return { headers: Object.fromEntries(headers) };
}

export function hostsText(hosts: unknown): string {
  return Array.isArray(hosts) ? hosts.map(String).join("\n") : "";
}

export function parseHosts(text: string): string[] {
  return text.split(/[\s,]+/).filter((host) => host !== "");
}
