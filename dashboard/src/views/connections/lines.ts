// What a person writes one on each line: headers and hosts.

export function headersText(headers: unknown): string {
  if (typeof headers !== "object" || headers === null) return "";
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join("\n");
}

/** The headers of a text, or the first line that is none. */
export function parseHeaders(text: string): { headers: Record<string, string> } | { bad: string } {
  const headers: Record<string, string> = {};
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).trim();
    const value = line.slice(colon + 1).trim();
    if (!name || !value || /\s/.test(name) || name in headers) return { bad: line.trim().slice(0, 40) };
    headers[name] = value;
  }
  return { headers };
}

export function hostsText(hosts: unknown): string {
  return Array.isArray(hosts) ? hosts.map(String).join("\n") : "";
}

export function parseHosts(text: string): string[] {
  return text.split(/[\s,]+/).filter((host) => host !== "");
}
