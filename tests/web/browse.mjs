// A form in ODK Web Forms at a phone's width, filled like a person who takes the answers given, then sent.
// { url, width, chromium, answers: [[words of the question, which choice or what number]], shots: folder, name } -> what was seen, as JSON.
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

const job = JSON.parse(readFileSync(0, 'utf8'));
const browser = await chromium.launch({
  executablePath: job.chromium,
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const page = await browser.newPage({ viewport: { width: job.width, height: 780 }, locale: 'vi-VN', timezoneId: 'Asia/Ho_Chi_Minh', geolocation: { latitude: 15.12, longitude: 108.8 }, permissions: ['geolocation'] });
const errors = [];
page.on('pageerror', (e) => errors.push(String(e)));
page.on('console', (m) => { if (m.type() === 'error') errors.push(m.text()); });
await page.goto(job.url);
await page.waitForSelector('.odk-form .question-container, .question-container', { timeout: 30000 });
if (job.shots) await page.screenshot({ path: `${job.shots}/${job.name}-first.png` });

// one control: the answer given for its text, else the first choice, a small number, the first day offered, a letter
const fill = async (box) => {
  const text = (await box.innerText()).slice(0, 160);
  const given = job.answers.find(([start]) => text.includes(start))?.[1];
  const at = async (found) => found.nth(Math.min(Number(given ?? 0), (await found.count()) - 1));
  const type = async (control, value) => { await control.click(); await page.keyboard.type(String(value)); await page.keyboard.press('Tab'); };
  const radios = box.locator('input[type=radio]');
  const boxes = box.locator('input[type=checkbox]');
  const numbers = box.locator('input[inputmode=numeric], input[inputmode=decimal]');
  const drop = box.locator('.p-select');
  const day = box.locator('.p-datepicker-input, input[role=combobox]');
  const area = box.locator('textarea, input[type=text]:not([inputmode])');
  if (await radios.count()) await (await at(radios)).evaluate((e) => e.click());
  else if (await boxes.count()) await (await at(boxes)).evaluate((e) => e.click());
  else if (await drop.count()) { await drop.first().click(); await (await at(page.locator('.p-select-option'))).click(); }
  else if (await numbers.count()) await type(numbers.first(), given ?? 2);
  else if (await day.count()) { await day.first().click(); await page.locator('.p-datepicker-day:not(.p-disabled)').first().click(); await page.keyboard.press('Escape'); }
  else if (await area.count()) await type(area.first(), given ?? 'x');
  else return 0;
  return 1;
};
// what is asked changes with every answer: always the first control that nobody has been at
let total = 0;
for (let n = 0; n < (job.empty ? 0 : 600); n += 1) {
  const box = page.locator('.question-container:not([data-done])').first();
  if (!(await box.count())) break;
  await box.evaluate((e) => e.setAttribute('data-done', '1'));
  const marked = page.locator('.question-container[data-done="1"]').first();
  total += await fill(marked);
  await page.evaluate(() => document.querySelectorAll('[data-done="1"]').forEach((e) => e.setAttribute('data-done', '2')));
  await page.waitForTimeout(10);
}
const wide = await page.evaluate(() => [...document.querySelectorAll('.question-container *')]
  .filter((e) => e.getBoundingClientRect().right > window.innerWidth + 1 && e.innerText)
  .map((e) => e.innerText.slice(0, 60)).slice(0, 5));
const seen = {
  filled: total, questions: await page.locator('.question-container').count(), wide, errors,
  scroll: await page.evaluate(() => document.documentElement.scrollWidth), height: await page.evaluate(() => document.documentElement.scrollHeight),
};
if (job.shots) {
  const step = 2200;
  for (let at = 0, n = 1; at < seen.height && n <= 12; at += step, n += 1) {
    await page.screenshot({ path: `${job.shots}/${job.name}-${String(n).padStart(2, '0')}.png`, fullPage: true, clip: { x: 0, y: at, width: job.width, height: Math.min(step, seen.height - at) } });
  }
}
await page.getByRole('button', { name: 'Send', exact: true }).click();
// what is sent stands below the form; what is not sent says why
await page.locator('#submission:not([hidden]), .form-error-message').first().waitFor({ timeout: 15000 }).catch(() => {});
await page.waitForTimeout(300);
seen.submission = await page.locator('#submission').textContent();
seen.violations = await page.locator('.validation-message, .form-error-message').allInnerTexts();
await browser.close();
process.stdout.write(JSON.stringify(seen));
