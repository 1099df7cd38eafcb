// Which Chromium is found, and what is said where there is none. No browser is started.

import assert from "node:assert/strict";
import { test } from "node:test";
import { chromium } from "./chromium.mjs";

const machine = ({ env = {}, platform = "linux", commands = [], files = [] }) => ({
  env,
  platform,
  runs: (command) => commands.includes(command),
  exists: (path) => files.includes(path),
});

test("the one that CHROMIUM names comes first", () => {
  const commands = ["chromium", "my-chromium"];
  assert.equal(chromium(machine({ env: { CHROMIUM: "/opt/chrome" }, commands, files: ["/opt/chrome"] })), "/opt/chrome");
  assert.equal(chromium(machine({ env: { CHROMIUM: "my-chromium" }, commands })), "my-chromium");
});

test("one that CHROMIUM names and that is not there is a failure, not a reason to take another", () => {
  assert.throws(() => chromium(machine({ env: { CHROMIUM: "/gone" }, commands: ["chromium"] })), /CHROMIUM is \/gone/);
});

test("the commands of Debian, Ubuntu and Google are known", () => {
  for (const command of ["chromium", "chromium-browser", "google-chrome"]) {
    assert.equal(chromium(machine({ commands: [command] })), command);
  }
});

test("the usual places of macOS and Windows are known", { skip: process.platform === "win32" && "paths are written as here" }, () => {
  const mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
  const own = "/Users/ada/Applications/Chromium.app/Contents/MacOS/Chromium";
  assert.equal(chromium(machine({ platform: "darwin", files: [mac] })), mac);
  assert.equal(chromium(machine({ platform: "darwin", env: { HOME: "/Users/ada" }, files: [own] })), own);
  const windows = "/Programs/Google/Chrome/Application/chrome.exe";
  assert.equal(chromium(machine({ platform: "win32", env: { PROGRAMFILES: "/Programs" }, files: [windows] })), windows);
});

test("where there is none, it says how to get one", () => {
  assert.throws(() => chromium(machine({})), /no Chromium found: .*apt install chromium/);
  assert.throws(() => chromium(machine({ platform: "darwin" })), /brew install/);
});
