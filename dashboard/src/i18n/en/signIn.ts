// The room where one signs in.

export const signIn = {
  title: "Sign in to Uncino",
  token: "Admin token",
  tokenHint: "It is what `npm start` printed, or the `ADMIN_TOKEN` that was set when this Uncino was deployed.",
  enter: "Sign in",
  wrong: "This is not the admin token. Copy it once more, as a whole.",
  ended: "Your session is over. Sign in again to go on.",
};
