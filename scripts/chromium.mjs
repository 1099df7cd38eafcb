// The Chromium that the browser tests run in: the one that CHROMIUM names, else one that this machine has.
// It downloads none: every system has its own way to install one, and where none is found it is named.

import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { Failure, probe } from "./project.mjs";

const ON_PATH = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** Where browsers are that are on no PATH. */
function places(platform, env) {
  if (platform === "darwin") {
    const apps = ["Google Chrome", "Chromium"].map((name) => join("Applications", `${name}.app`, "Contents", "MacOS", name));
    return ["/", env.HOME ?? homedir()].flatMap((folder) => apps.map((app) => join(folder, app)));
  }
  if (platform === "win32") {
    const folders = [env.PROGRAMFILES, env["PROGRAMFILES(X86)"], env.LOCALAPPDATA].filter(Boolean);
    const apps = [join("Google", "Chrome"), "Chromium"];
    return folders.flatMap((folder) => apps.map((app) => join(folder, app, "Application", "chrome.exe")));
  }
  return [];
}

const INSTALL = {
  darwin: "install Google Chrome (https://www.google.com/chrome/), or `brew install --cask chromium`",
  win32: "install Google Chrome (https://www.google.com/chrome/)",
  linux: "install one (Debian: `apt install chromium`; Ubuntu: `snap install chromium`; Fedora: `dnf install chromium`)",
};

const answersToVersion = (command) => probe(command, ["--version"]).ok;

/** Its command or path; a failure that says how to get one when there is none. */
export function chromium({ env = process.env, platform = process.platform, runs = answersToVersion, exists = existsSync } = {}) {
  if (env.CHROMIUM) {
    if (exists(env.CHROMIUM) || runs(env.CHROMIUM)) return env.CHROMIUM;
    throw new Failure(`CHROMIUM is ${env.CHROMIUM}, which is not there: unset it, or point it at a Chromium or Chrome`);
  }
  const found = ON_PATH.find(runs) ?? places(platform, env).find(exists);
  if (found) return found;
  throw new Failure(`no Chromium found: ${INSTALL[platform] ?? INSTALL.linux}, or point CHROMIUM at one; then run this again`);
}
