// Why a step or a run did not work, by the stable code. The API's own sentences are English and name field and event, so
// that nothing stands here.

export const failures: Record<string, string> = {};
