/** How hard an English text is to read. */

/** Sentences and other pieces that are read as one: headings, list items. */
export function sentencesOf(text: string): readonly string[] {
  return text
    .split(/\n+|(?<=[.!?])\s+/)
    .map((part) => part.replace(/^(?:-|\d\.)\s/, '').trim())
    .filter((part) => /\p{L}/u.test(part));
}

/** Words of a sentence, as they are read. */
export function wordsOf(sentence: string): readonly string[] {
  return sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
}

/**
 * Reading ease after Flesch (1948): 60 to 70 is plain English, more is easier. Syllables are groups of vowels without a
 * silent e, which is right for nine words of ten.
 */
export function readingEase(text: string): number {
  const sentences = sentencesOf(text);
  const words = sentences.flatMap(wordsOf).filter((word) => /^\p{L}/u.test(word));
  if (words.length === 0) return 100;
  const syllables = words.reduce((sum, word) => sum + syllablesOf(word), 0);
  return 206.835 - 1.015 * (words.length / sentences.length) - 84.6 * (syllables / words.length);
}

function syllablesOf(word: string): number {
  const letters = word.toLowerCase().replace(/[^a-z]/g, '');
  const spoken = letters.replace(/(?:[^laeiouy]es|[^td]ed|[^laeiouy]e)$/, '');
  return Math.max(1, spoken.match(/[aeiouy]{1,2}/g)?.length ?? 1);
}
