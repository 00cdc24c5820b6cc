// Reads every page of the list at the address that it is given; prints the title of each item, and what it is.
import type { components } from "./schema";

type Page = components["schemas"]["Page"];
type PageList = components["schemas"]["PageList"];
type ContentItem = components["schemas"]["ContentItem"];
type Item = Page["contents"][number];

declare const process: { argv: string[] };

// One for each kind that there was when the types were generated: the compiler insists on it.
const known: { [kind in ContentItem["content_type"]]: true } = { audio: true, document: true, embed: true, gallery: true, picture: true, text: true, video: true };

function isKnown(item: Item): item is ContentItem {
  return item.content_type in known;
}

function describe(item: Item): string {
  if (!isKnown(item)) return "unknown";
  switch (item.content_type) {
    case "video":
      return `video ${item.video_file?.mime_type ?? item.video_url}`;
    case "audio":
      return `audio ${item.audio_file?.mime_type ?? item.audio_url}`;
    case "document":
      return `document ${item.document_file?.mime_type ?? item.document_url}`;
    case "embed":
      return `embed ${item.embed_url}`;
    case "gallery":
      return `gallery ${item.pictures.map((picture) => picture.file.mime_type)}`;
    case "picture":
      return `picture ${item.picture_file?.mime_type ?? item.picture_url}`;
    case "text":
      return `text ${item.text}`;
  }
}

async function read(address: string): Promise<void> {
  for (let next: string | null = address; next !== null; ) {
    const list = (await (await fetch(next)).json()) as PageList;
    for (const page of list.results) {
      for (const item of page.contents) console.log(JSON.stringify([page.slug, item.title, describe(item)]));
    }
    next = list.next;
  }
}

void read(process.argv[2]!);
