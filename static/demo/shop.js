// The demonstration shop: a menu, dialogs, a filter, a basket that forgets, and one bug left in on purpose.

const $ = (selector, root = document) => root.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const on = (selector, kind, handler) => all(selector).forEach((one) => one.addEventListener(kind, (event) => handler(one, event)));

const toast = $("#toast");
let quietAgain = 0;
const say = (sentence) => {
  toast.textContent = sentence;
  toast.hidden = false;
  clearTimeout(quietAgain);
  quietAgain = setTimeout(() => (toast.hidden = true), 3000);
};

// The menu in the header.
const menuButton = $("#menu-button");
const menu = $("#menu");
const showMenu = (open) => {
  menu.hidden = !open;
  menuButton.setAttribute("aria-expanded", String(open));
};
menuButton.addEventListener("click", () => showMenu(menu.hidden));
document.addEventListener("click", (event) => {
  if (!event.target.closest(".top") || event.target.closest("#menu a")) showMenu(false);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !menu.hidden) {
    showMenu(false);
    menuButton.focus();
  }
});

// Dialogs close themselves: their forms have the method "dialog".
on("[data-opens]", "click", (button) => $(`#${button.dataset.opens}`).showModal());

// Forms that only say thank you.
on("form[data-thanks]", "submit", (form, event) => {
  event.preventDefault();
  form.reset();
  say(form.dataset.thanks);
});

// The basket is a number in the header.
const addToBasket = (name, count = 1) => {
  const badge = $("#basket-count");
  badge.textContent = String(Number(badge.textContent) + count);
  say(`${name} is in your basket`);
};
on("[data-add]", "click", (button) => addToBasket(button.dataset.add));
on("[data-remove]", "click", (button) => button.closest("li").remove());
on("[data-step]", "click", (button) => {
  const field = $("input", button.parentElement);
  field.value = String(Math.min(12, Math.max(1, Number(field.value) + Number(button.dataset.step))));
});
on("#order", "submit", (form, event) => {
  event.preventDefault();
  addToBasket("Misty Ridge Sencha", Number($("#quantity").value));
});
on("#size input", "change", (radio) => ($("#price").textContent = `€${radio.value}`));

// The pictures of the product.
on("[data-show]", "click", (thumb) => {
  $("#view").dataset.view = thumb.dataset.show;
  all("[data-show]").forEach((other) => other.setAttribute("aria-pressed", String(other === thumb)));
});

// The catalogue: a kind, a word, an order.
const sorters = [() => 0, (a, b) => price(a) - price(b), (a, b) => price(b) - price(a)];
const price = (card) => Number($(".price", card).textContent.slice(1));
const cards = all("#teas > li");
const refresh = () => {
  const kind = $("#kinds :checked").value;
  const word = $("#search-field").value.trim().toLowerCase();
  const fits = (card) => (kind === "all" || card.dataset.kind === kind) && card.textContent.toLowerCase().includes(word);
  cards.forEach((card) => (card.hidden = !fits(card)));
  $("#teas").append(...[...cards].sort(sorters[$("#sort").selectedIndex]));
  $("#nothing").hidden = cards.some(fits);
};
if (cards.length) {
  on("#search", "submit", (form, event) => event.preventDefault());
  on("#search-field", "input", refresh);
  on("#kinds, #sort", "change", refresh);
  const asked = $(`#kinds [value="${CSS.escape(location.hash.slice(1))}"]`);
  if (asked) asked.checked = true;
  refresh();
}

// Left broken on purpose: there are no vouchers, and nobody asked what happens then. (Nor did anybody wire up the wish list.)
const vouchers = [];
on("#apply-voucher", "click", () => {
  const voucher = vouchers.find(({ code }) => code === $("#voucher-code").value);
  say(`${voucher.discount} % less`);
});
