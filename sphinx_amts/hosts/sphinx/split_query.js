/* Chinese is written without spaces: cut what a reader types into the words that the
   index has, the longest first. One character alone is in no index. */
var splitQuery = function (query) {
  const words = query
    .split(/[^\p{Letter}\p{Number}_\p{Emoji_Presentation}]+/gu)
    .filter((word) => word);
  const index = Search._index;
  if (!index) return words;
  const isKnown = (word) =>
    [index.terms, index.titleterms].some((terms) =>
      Object.prototype.hasOwnProperty.call(terms, word.toLowerCase()),
    );
  return words.flatMap((word) => {
    if (isKnown(word) || !/\p{Script=Han}/u.test(word)) return [word];
    const parts = [];
    for (let start = 0, end; start < word.length; start = end) {
      end = word.length;
      while (end > start + 1 && !isKnown(word.slice(start, end))) end -= 1;
      if (end > start + 1) parts.push(word.slice(start, end));
    }
    return parts.length ? parts : [word];
  });
};
