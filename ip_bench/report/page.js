"use strict";
// Filters and pages of the pairs, which are all in the page without it. Texts are read and never written as markup.
const PER_PAGE = 10;
const filters = document.getElementById("filters");

function unfold(id) {
  for (let one = document.getElementById(id); one; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true;
}

function pairsOfPage() {
  const pairs = [];
  for (const group of document.querySelectorAll("details.group")) {
    const name = group.querySelector(".name").textContent;
    for (const article of group.querySelectorAll("article")) {
      pairs.push({
        article, name, group: group.id, task: group.dataset.task,
        moved: article.dataset.moved, kinds: article.dataset.kinds.split("|"), words: null,
      });
    }
    group.remove();
  }
  return pairs;
}

function browse() {
  const pairs = pairsOfPage();
  const [count, shown, pages] = ["count", "shown", "pages"].map(id => document.getElementById(id));
  const [previous, next] = ["previous", "next"].map(id => document.getElementById(id));
  const asked = filters.elements;
  let page = 0;

  const words = pair => (pair.words ??= pair.article.textContent.toLowerCase());
  const wanted = pair =>
    (!asked.task.value || pair.task === asked.task.value) &&
    (!asked.contrast.value || pair.group === asked.contrast.value) &&
    (!asked.moved.value || pair.moved === asked.moved.value) &&
    (!asked.kind.value || pair.kinds.includes(asked.kind.value)) &&
    (!asked.words.value || words(pair).includes(asked.words.value.toLowerCase()));

  function contrasts() {
    const options = new Map();
    for (const pair of pairs) if (pair.task === asked.task.value) options.set(pair.group, pair.name);
    const first = asked.contrast.options[0];
    asked.contrast.replaceChildren(first, ...[...options].map(([group, name]) => new Option(name, group)));
    asked.contrast.disabled = !options.size;
  }

  function show() {
    const found = pairs.filter(wanted);
    const from = page * PER_PAGE;
    const to = Math.min(from + PER_PAGE, found.length);
    shown.replaceChildren(...found.slice(from, to).map(pair => pair.article));
    count.textContent = found.length ? `Pairs ${from + 1} to ${to} of ${found.length.toLocaleString("en")}` : "No pair is like that.";
    pages.hidden = found.length <= PER_PAGE;
    previous.disabled = page === 0;
    next.disabled = to === found.length;
  }

  function turn(by) {
    page += by;
    show();
    shown.focus({ preventScroll: true });
    document.getElementById("pairs").scrollIntoView();
  }

  function follow() {
    const group = location.hash.slice(1);
    const pair = pairs.find(one => one.group === group);
    if (!pair) return unfold(group);
    filters.reset();
    asked.task.value = pair.task;
    contrasts();
    asked.contrast.value = group;
    page = 0;
    show();
    const section = document.getElementById("pairs");
    section.scrollIntoView();
    section.focus({ preventScroll: true });
  }

  filters.addEventListener("input", event => {
    if (event.target === asked.task) contrasts();
    page = 0;
    show();
  });
  filters.addEventListener("submit", event => event.preventDefault());
  previous.addEventListener("click", () => turn(-1));
  next.addEventListener("click", () => turn(1));
  addEventListener("hashchange", follow);
  filters.hidden = false;
  contrasts();
  show();
  follow();
}

if (filters) browse();
else addEventListener("hashchange", () => unfold(location.hash.slice(1)));

// On paper nothing can be unfolded: all but long lists is open there, and afterwards folded again.
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open], .long)")];
  for (const one of folded) one.open = true;
});
addEventListener("afterprint", () => {
  for (const one of folded) one.open = false;
});
