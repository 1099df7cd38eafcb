// The floor of the bench: the one D1 insert that no worker of this kind can do without, and nothing else.
// It reads no field, checks nothing and starts nothing.

export default {
  async fetch(request, env) {
    const body = await request.text();
    const id = crypto.randomUUID();
    await env.DB.prepare("INSERT INTO events (id, received_at, body) VALUES (?1, ?2, ?3)").bind(id, Date.now(), body).run();
    return Response.json({ id }, { status: 202 });
  },
};
