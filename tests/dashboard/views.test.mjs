// Every view in both languages and both themes: axe finds nothing, nothing is wider than the window, and what a screen
// reader meets is what the snapshot says. `UPDATE=1` writes the snapshots anew; read them like prose before accepting.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { open, settled, violations } from "./browser.mjs";
import { furnish, VIEWS } from "./house.mjs";

const SNAPSHOTS = new URL("snapshots/", import.meta.url);

const ALL = { ...VIEWS, nothing: () => "/no/such/place" };

let house;
let ids;
before(async () => {
  house = await open();
  ids = await furnish(house.worker);
});
after(() => house?.close());

for (const language of ["it", "en"]) {
  for (const theme of ["light", "dark"]) {
    test(`every view in ${language}, ${theme}`, async (t) => {
      const page = await house.page({ language, theme });
      for (const [name, path] of Object.entries(ALL)) {
        await t.test(name, async () => {
          await page.setViewportSize({ width: 1280, height: 900 });
          await page.goto(house.origin + path(ids));
          await settled(page);
          assert.equal(await page.locator("html").getAttribute("lang"), language);
          assert.equal(await page.locator("html").getAttribute("data-theme"), theme);
          assert.equal(await violations(page), "");
          if (theme === "light") await page.waitForLoadState("networkidle");
          if (theme === "light") compare(`${name}.${language}`, await page.locator("body").ariaSnapshot());
          await page.setViewportSize({ width: 360, height: 740 });
          const { wanted, given } = await page.evaluate(() => ({
            wanted: document.documentElement.scrollWidth,
            given: document.documentElement.clientWidth,
          }));
          assert.ok(wanted <= given, `at 360 px the view is ${wanted} px wide`);
          assert.equal(await violations(page), "");
          house.assertClean();
        });
      }
    });
  }
}

test("the door, before anybody is signed in", async () => {
  for (const language of ["it", "en"]) {
    const page = await house.page({ language, signedIn: false });
    await page.getByRole("heading").waitFor();
    assert.equal(await violations(page), "");
    compare(`sign-in.${language}`, await page.locator("body").ariaSnapshot());
  }
  house.assertClean();
});

function compare(name, snapshot) {
  const file = new URL(`${name}.yml`, SNAPSHOTS);
  const given = `${stable(snapshot)}\n`;
  if (process.env.UPDATE) {
    mkdirSync(SNAPSHOTS, { recursive: true });
    writeFileSync(file, given);
    return;
  }
  assert.ok(existsSync(file), `there is no snapshot ${name}: run with UPDATE=1, read it, commit it`);
  assert.equal(given, readFileSync(file, "utf8"));
}

/** What differs from run to run stands as what it is: ids, tokens, moments, durations. */
function stable(snapshot) {
  return snapshot
    .replaceAll(/\b(run|evt|aut|src|con|cnt|rpl)_[0-9A-Z]+(?:\.\w+)?/g, "$1_…")
    .replaceAll(/http:\/\/localhost:\d+/g, "http://localhost")
    .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1")
    .replaceAll(/\/in\/\w+/g, "/in/…")
    .replaceAll(/\b(?:\d+|un|an?) (?:secondi?o?|minut[oi]|seconds?|minutes?) (?:fa|ago)\b|\b(?:adesso|ora|now)\b/g, "…")
    .replaceAll(/^(\s*- time):.*$/gm, "$1")
    .replaceAll(/\b\d+(?:[.,]\d+)? (?:ms|s|sec)\b/g, "… ms")
    // A step that took no millisecond says nothing of it.
    .replaceAll(/^(\s*- text: .*) … ms$/gm, "$1")
    .replaceAll(/\b\d{1,2}:\d{2}(?::\d{2})?(?: [AP]M)?\b/g, "…:…")
    .replaceAll(/\d{1,2} [a-z]{3,4} \d{4}|\b[A-Z][a-z]{2} \d{1,2}, \d{4}/gi, "… …");
}
