// The page inside the frame in which an HTML e-mail is shown. It has an origin of its own, may load nothing and run
// nothing but this file (the policy that the worker sends with it says so), and knows no data until its parent hands
// it the message.

addEventListener("message", (event) => {
  if (event.source !== parent || typeof event.data?.html !== "string") return;
  // The one place where markup becomes markup: it is the operator's own e-mail, in a page that can do nothing.
  document.body.innerHTML = event.data.html;
  for (const link of document.querySelectorAll("a")) link.removeAttribute("href");
});
// How tall it is, whenever that changes: also when its frame is shown later, or made narrower. The document's own height
// is never less than the frame's, so the body's is told, with the margins of what stands in it and its own.
document.body.style.display = "flow-root";
new ResizeObserver(() => {
  const { marginTop, marginBottom } = getComputedStyle(document.body);
  const margins = Number.parseFloat(marginTop) + Number.parseFloat(marginBottom);
  parent.postMessage({ height: Math.ceil(document.body.offsetHeight + (margins || 0)) }, "*");
}).observe(document.body);
parent.postMessage({ ready: true }, "*");
