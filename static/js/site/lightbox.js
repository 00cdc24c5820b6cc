// Links to pictures open a lightbox with all pictures of their item. PhotoSwipe is fetched when one is opened for the
// first time. Without this script, or if it fails, a link leads to the whole picture.

const own = /** @type {HTMLScriptElement} */ (document.querySelector("script[data-photoswipe]"));

const WORDS = {
  closeTitle: own.dataset.close,
  zoomTitle: own.dataset.zoom,
  arrowPrevTitle: own.dataset.previous,
  arrowNextTitle: own.dataset.next,
  errorMsg: own.dataset.error,
};

/** @type {Promise<any> | undefined} */
let fetched;

/** PhotoSwipe with its style sheet. */
function photoswipe() {
  fetched ??= Promise.all([import(own.dataset.photoswipe ?? ""), styles(own.dataset.styles ?? "")]).then(
    ([module]) => module.default,
  );
  return fetched;
}

/** @param {string} address */
function styles(address) {
  return new Promise((resolve, reject) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = address;
    link.addEventListener("load", resolve);
    link.addEventListener("error", reject);
    document.head.append(link);
  });
}

/**
 * A picture as PhotoSwipe takes it: with its copies, and as large as the largest.
 *
 * @param {HTMLAnchorElement} link
 */
function slide(link) {
  const image = link.querySelector("img");
  const [source, size] = image?.srcset.split(", ").at(-1)?.split(" ") ?? [];
  const [width, height] = [Number(link.dataset.width), Number(link.dataset.height)];
  const scale = size ? Number.parseInt(size, 10) / width : 1;
  return {
    src: source || image?.src || link.href,
    srcset: image?.srcset ?? "",
    msrc: image?.currentSrc ?? "",
    width: Math.round(width * scale),
    height: Math.round(height * scale),
    alt: image?.alt ?? "",
    caption: link.dataset.caption ?? "",
    element: link,
  };
}

/**
 * @param {HTMLAnchorElement[]} links
 * @param {number} index
 */
async function open(links, index) {
  const PhotoSwipe = await photoswipe();
  const lightbox = new PhotoSwipe({ dataSource: links.map(slide), index, bgOpacity: 0.95, ...WORDS });
  lightbox.on("uiRegister", () => {
    lightbox.ui.registerElement({
      name: "caption",
      className: "lightbox-caption",
      appendTo: "root",
      onInit: (/** @type {HTMLElement} */ place) =>
        lightbox.on("change", () => {
          place.textContent = lightbox.currSlide.data.caption;
        }),
    });
  });
  lightbox.init();
}

const SIZED = "a[data-lightbox][data-width]";

for (const item of document.querySelectorAll(".item")) {
  const links = /** @type {HTMLAnchorElement[]} */ ([...item.querySelectorAll(SIZED)]);
  for (const [index, link] of links.entries()) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      link.focus(); // Safari does not focus links that are clicked, and the focus returns here
      open(links, index).catch(() => location.assign(link.href));
    });
  }
}
