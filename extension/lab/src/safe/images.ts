/** Pictures as data URLs, and nothing else. */

const PICTURE = /^data:image\/(?:png|jpeg);base64,[A-Za-z0-9+/\s]+={0,2}\s*$/;

export function isPicture(url: string): boolean {
  return PICTURE.test(url);
}

/** The data URL of an output, null where the data are no PNG or JPEG in base64. */
export function pictureUrl(mediaType: string, base64: string): string | null {
  const url = `data:${mediaType};base64,${base64.replace(/\s/g, '')}`;
  return isPicture(url) ? url : null;
}
