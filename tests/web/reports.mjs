// A page of a report in Chromium: what axe finds, whether it fits, what the keyboard and the printer meet, in each language.
// { file, chromium, widths, language: id of the switch or '', print: path or '' } -> what was seen, as JSON.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const job = JSON.parse(readFileSync(0, 'utf8'));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const browser = await chromium.launch({
  executablePath: job.chromium,
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const page = await browser.newPage({ viewport: { width: job.widths[0], height: 780 }, locale: 'vi-VN', bypassCSP: true });
const asked = [];
page.on('request', (r) => { if (!r.url().startsWith('data:')) asked.push(r.url()); });
const errors = [];
page.on('pageerror', (e) => errors.push(String(e)));
page.on('console', (m) => { if (m.type() === 'error') errors.push(m.text()); });
await page.goto(`file://${job.file}`);

// the keyboard alone: Tab to the skip link, to the switch, an arrow to the other language
await page.keyboard.press('Tab');
const first = await page.evaluate(() => document.activeElement.className);
if (job.language) {
  for (let n = 0; n < 5 && !(await page.evaluate(() => document.activeElement.name === 'tongue')); n += 1) await page.keyboard.press('Tab');
  const steps = await page.evaluate((id) => [...document.querySelectorAll('input[name=tongue]')].findIndex((e) => e.id === id), job.language);
  for (let n = 0; n < steps; n += 1) await page.keyboard.press('ArrowRight');
}
const shown = await page.evaluate(() => [...document.querySelectorAll('article')].filter((e) => e.checkVisibility()).map((e) => e.lang));

const violations = [];
const scrolls = [];
await page.addScriptTag({ content: axe });
for (const width of job.widths) {
  await page.setViewportSize({ width, height: 780 });
  scrolls.push(await page.evaluate(() => document.documentElement.scrollWidth));
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations', 'incomplete'] }));
  for (const v of found.violations) violations.push([width, v.id, v.impact, v.nodes.length, v.nodes[0].html.slice(0, 200), v.nodes[0].failureSummary]);
  if (width === job.widths[0]) {
    job.seen = { passes: found.passes.length, incomplete: found.incomplete.map((v) => [v.id, v.nodes.length, v.nodes[0].html.slice(0, 120)]) };
  }
}
const printed = job.print ? (await page.pdf({ path: job.print, preferCSSPageSize: true, printBackground: true })).length : 0;
await browser.close();
process.stdout.write(JSON.stringify({ first, shown, violations, scrolls, errors, asked: asked.slice(1), printed, ...job.seen }));
