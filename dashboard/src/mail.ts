// The page inside the frame in which an HTML e-mail is shown. It has an origin of its own, may load nothing and run
// nothing but this file (the policy that the worker sends with it says so), and knows no data until its parent hands
// it the message.

addEventListener("message", (event) => {
  if (event.source !== parent || typeof event.data?.html !== "string") return;
  // The one place where markup becomes markup: it is the operator's own e-mail, in a page that can do nothing.
  document.body.innerHTML = event.data.html;
  for (const link of document.querySelectorAll("a")) link.removeAttribute("href");
  parent.postMessage({ height: document.documentElement.scrollHeight }, "*");
});
parent.postMessage({ ready: true }, "*");
