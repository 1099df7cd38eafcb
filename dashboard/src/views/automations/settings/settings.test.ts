// The rules that the forms of the settings make.

import assert from "node:assert/strict";
import { test } from "node:test";
import { settingsOf, verificationOf } from "./schemes.ts";

test("a scheme without settings of its own wants its secret only", () => {
  assert.equal(verificationOf("stripe", {}, [" "]), undefined);
  assert.deepEqual(verificationOf("stripe", {}, [" whsec_1 ", ""]), { scheme: "stripe", secrets: ["whsec_1"] });
});

test("what a scheme asks for must be said", () => {
  assert.equal(verificationOf("shared_token", {}, ["s"]), undefined);
  assert.deepEqual(verificationOf("shared_token", { header: "X-Token" }, ["s"]), {
    scheme: "shared_token",
    secrets: ["s"],
    header: "X-Token",
  });
});

test("the signed time is asked about only where it is signed", () => {
  assert.ok(!settingsOf("hmac", {}).some(({ key }) => key === "timestamp_header"));
  const values = { header: "x-sig", signed: "timestamp.body", timestamp_header: "x-time", tolerance_s: "60" };
  assert.deepEqual(verificationOf("hmac", values, ["s"]), {
    scheme: "hmac",
    secrets: ["s"],
    header: "x-sig",
    algorithm: "sha256",
    encoding: "hex",
    signed: "timestamp.body",
    timestamp_header: "x-time",
    tolerance_s: 60,
  });
});

test("a scheme that this page does not know yet wants secrets", () => {
  assert.deepEqual(verificationOf("brand_new", {}, ["s"]), { scheme: "brand_new", secrets: ["s"] });
});
