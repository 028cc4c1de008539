// Lighthouse in Chromium on each URL that was given: prints one line of JSON for each, with what its audits measured.

import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"];
const AUDITS = { shift: "cumulative-layout-shift", blocking: "total-blocking-time", bytes: "total-byte-weight" };

const [chromePath, ...urls] = process.argv.slice(2);
for (const url of urls) {
  const chrome = await launch({ chromePath, chromeFlags: FLAGS });
  try {
    const run = await lighthouse(url, { port: chrome.port, output: "json", logLevel: "error", onlyAudits: Object.values(AUDITS) });
    if (run.lhr.runtimeError) throw new Error(run.lhr.runtimeError.message);
    const measured = Object.entries(AUDITS).map(([name, audit]) => [name, run.lhr.audits[audit].numericValue]);
    console.log(JSON.stringify({ url, ...Object.fromEntries(measured) }));
  } finally {
    chrome.kill();
  }
}
