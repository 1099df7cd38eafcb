// `npm run screenshots`: a picture of every view into docs/images, from the built dashboard in front of the real worker.
// It compares nothing; the pictures are for readers.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "../../scripts/build.mjs";
import { ROOT, exclusively, isEntry, main, say } from "../../scripts/project.mjs";

const IMAGES = join(ROOT, "docs", "images");

/** Views that are shown once more: on a phone, in the dark, in Italian. */
const ALSO = { steps: "phone", overview: "dark", connect: "it" };
const LOOKS = {
  plain: { language: "en", theme: "light" },
  dark: { language: "en", theme: "dark" },
  it: { language: "it", theme: "light" },
  phone: { language: "it", theme: "dark", width: 390, height: 844 },
};

async function screenshots() {
  await exclusively(() => build());
  const { open, settled } = await import("./browser.mjs");
  const { furnish, VIEWS } = await import("./house.mjs");
  mkdirSync(IMAGES, { recursive: true });
  const house = await open();
  try {
    const first = await house.page({ ...LOOKS.plain });
    await settled(first);
    await first.screenshot({ path: join(IMAGES, "first-run.png") });
    const door = await house.page({ ...LOOKS.plain, signedIn: false });
    await door.getByRole("heading").waitFor();
    await door.screenshot({ path: join(IMAGES, "sign-in.png") });
    const ids = await furnish(house.worker, "en", { hostile: false });
    for (const [name, path] of Object.entries(VIEWS)) {
      await picture(name, "plain", path(ids));
      if (ALSO[name]) await picture(`${name}-${ALSO[name]}`, ALSO[name], path(ids));
    }
    say(`the pictures are in ${IMAGES}`);

    async function picture(name, look, path) {
      const page = await house.page({ ...LOOKS[look], path });
      await settled(page);
      // What is loaded when it is seen (the glimpses, the preview) comes a moment later.
      await page.waitForTimeout(1_200);
      await page.screenshot({ path: join(IMAGES, `${name}.png`) });
      await page.context().close();
    }
  } finally {
    await house.close();
  }
}

if (isEntry(import.meta.url)) await main(screenshots);
