// One form, interviews given as JSON on standard input, through the engine of ODK Web Forms: what was asked and what was written.
// { xform: path, lists: { name: path }, language: "…", interviews: [ { answers: { name: [text] }, rosters: { name: [[text]] } } ] }
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { JSDOM } from 'jsdom';

const dom = new JSDOM('<!doctype html><html><body></body></html>', { url: 'http://localhost/' });
for (const name of ['window', 'document', 'DOMParser', 'XMLSerializer', 'Node', 'Element', 'Document', 'Attr', 'Text', 'Comment', 'CDATASection', 'ProcessingInstruction', 'NodeFilter', 'XPathResult', 'XPathEvaluator', 'XPathExpression', 'Blob', 'File', 'FormData', 'localStorage', 'XMLDocument', 'CharacterData', 'DocumentFragment', 'HTMLElement']) {
  if (name in dom.window) globalThis[name] = dom.window[name];
}
globalThis.require ??= createRequire(import.meta.url);
globalThis.__dirname ??= '.';
const { createInstance } = await import('@getodk/xforms-engine');

const job = JSON.parse(readFileSync(0, 'utf8'));
const xml = readFileSync(job.xform, 'utf8');
const fetchFormAttachment = async (url) => {
  const name = String(url).split('/').pop();
  const path = job.lists[name];
  return path ? new Response(readFileSync(path), { status: 200, headers: { 'content-type': 'text/csv' } }) : new Response('', { status: 404 });
};

const nameOf = (node) => node.currentState.reference.split('/').pop().replace(/\[\d+\]$/, '');
const rowOf = (node) => {
  const found = [...node.currentState.reference.matchAll(/\[(\d+)\]/g)];
  return found.length ? Number(found.at(-1)[1]) - 1 : -1;
};

// the first of the given answers that the engine takes; '' when it takes none
const answer = (node, given, seen) => {
  for (const text of given) {
    if (node.nodeType === 'select') {
      const offered = new Set(node.currentState.valueOptions.map((o) => o.value));
      if (!text.split(' ').every((code) => offered.has(code))) continue;
      node.selectType === 'select' ? node.selectValues(text.split(' ')) : node.selectValue(text);
    } else if (node.nodeType === 'input') {
      node.setValue(text);
    } else if (node.nodeType === 'range') {
      node.setValue(Number(text));
    } else {
      return text;
    }
    if (!node.validationState.violation) return text;
    if (node.validationState.violation.condition === 'constraint') seen.hits[nameOf(node)] = (seen.hits[nameOf(node)] ?? 0) + 1;
  }
  if (node.nodeType === 'select') node.selectType === 'select' ? node.selectValues([]) : node.selectValue(null);
  return '';
};

const walk = (node, interview, seen) => {
  if (!node.currentState.relevant) return;
  if (['input', 'select', 'range', 'note', 'upload', 'trigger', 'rank'].includes(node.nodeType)) {
    const name = nameOf(node);
    seen.asked.push(name);
    const rows = interview.rosters?.[name];
    const given = rows ? (rows[rowOf(node)] ?? []) : (interview.answers[name] ?? []);
    if (node.nodeType !== 'note') answer(node, given, seen);
  }
  // children are read anew at each step: an answer may bring rows of a repeat
  for (let i = 0; i < (node.currentState.children?.length ?? 0); i += 1) walk(node.currentState.children[i], interview, seen);
};

// the day of the interview, as the phone's clock would say it
const RealDate = Date;
let now = null;
globalThis.Date = class extends RealDate {
  constructor(...given) { given.length ? super(...given) : super(now ?? RealDate.now()); }
  static now() { return now ?? RealDate.now(); }
};

const done = [];
for (const interview of job.interviews) {
  now = interview.now ? new RealDate(interview.now).getTime() : null;
  const made = await createInstance(xml, { form: { fetchFormAttachment, missingResourceBehavior: 'DEFAULT' } });
  const root = made.root;
  if (job.language) {
    const wanted = root.languages.find((l) => l.language === job.language);
    if (wanted) root.setLanguage(wanted);
  }
  const seen = { asked: [], hits: {} };
  walk(root, interview, seen);
  const violations = root.validationState.violations.map((v) => v.reference ?? String(v.nodeId));
  done.push({ asked: seen.asked, hits: seen.hits, violations, xml: root.instanceState.instanceXML });
}
process.stdout.write(JSON.stringify({ interviews: done }));
process.exit(0);
