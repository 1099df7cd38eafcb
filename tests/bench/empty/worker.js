// The empty worker of the bench: what the runtime and the load generator cost without any work.
// It stores nothing, so its 202 promises nothing.

export default {
  async fetch(request) {
    await request.arrayBuffer();
    return Response.json({ id: "none" }, { status: 202 });
  },
};
