// Where an HTTP/1.1 answer ends. It understands what workerd sends (a length, or chunks without trailers) and refuses
// anything else.

/** The end of a whole answer in `text` (latin1), or -1 when more must come. */
export function answerEnd(text) {
  const head = text.indexOf("\r\n\r\n");
  if (head < 0) return -1;
  const start = head + 4;
  const headers = text.slice(0, head).toLowerCase();
  const length = /\r\ncontent-length: *(\d+)/.exec(headers);
  if (length) return text.length >= start + Number(length[1]) ? start + Number(length[1]) : -1;
  if (!headers.includes("\r\ntransfer-encoding: chunked")) throw new Error(`an answer without a length: ${headers}`);
  for (let at = start; ; ) {
    const line = text.indexOf("\r\n", at);
    if (line < 0) return -1;
    const size = parseInt(text.slice(at, line), 16);
    at = line + 2 + size + 2;
    if (text.length < at) return -1;
    if (size === 0) return at;
  }
}
