// Every starter, in every language: what its steps mention is in its sample, and nothing of one language stands in the
// other's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { mentions } from "../mentions.ts";
import { STARTERS } from "./index.ts";

const everyText = STARTERS.flatMap(({ id, in: languages }) =>
  Object.entries(languages).map(([language, text]) => ({ name: `${id} in ${language}`, text })),
);

for (const { name, text } of everyText) {
  test(`${name}: every field that a step mentions is in the sample`, () => {
    const steps = text.steps(text.team ?? "");
    const mentioned = mentions({ steps });
    assert.ok(mentioned.length > 3);
    for (const field of mentioned) assert.ok(field in text.sample, `\`${field}\` is not in the sample`);
  });

  test(`${name}: every field of the sample is used by a step`, () => {
    const mentioned = mentions({ steps: text.steps(text.team ?? "") });
    for (const field of Object.keys(text.sample)) assert.ok(mentioned.includes(field), `nothing uses \`${field}\``);
  });

  test(`${name}: step ids are unique, and the team is written to where it has an address`, () => {
    const steps = text.steps("team@test.example");
    assert.equal(new Set(steps.map((step) => step.id)).size, steps.length);
    const toTeam = steps.some((step) => step.params?.to === "team@test.example");
    assert.equal(toTeam, text.team !== undefined);
  });

  test(`${name}: a WhatsApp text fits in a message`, () => {
    for (const step of text.steps("")) {
      if (step.action === "send_whatsapp") assert.ok(String(step.params?.text).length < 1_024);
    }
  });
}
