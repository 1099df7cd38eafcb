// Why a step or a run did not work, by the stable code. The API's own sentences are English and name field and event, so
// that only those stand here that it says to a program.

const CUT_OFF = "so nobody knows whether it happened.";

export const failures: Record<string, string> = {
  send_limit: "A limit on sending is reached: the next message waits.",
  timeout: `The other system did not answer in time, ${CUT_OFF}`,
  connection_lost: `The connection broke before an answer came, ${CUT_OFF}`,
  unreadable_answer: `The answer could not be read, ${CUT_OFF}`,
  interrupted: `The run was interrupted during the call, ${CUT_OFF}`,
  cancelled_meanwhile: `The run was cancelled during the call, ${CUT_OFF}`,
};

/** The notes of steps are in English already. */
export const notes: Record<string, string> = {};
