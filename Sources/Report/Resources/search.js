// Searches everything that is said. What it needs comes as scripts that hand over their contents, since a page opened from disk may load
// nothing else. SearchShards.swift, SearchPosting.swift and SearchPassage.swift make them. Stands behind report.js.
'use strict';
const spoolscribeSearch = (() => {
  const perPage = 10, mostLooked = 12, linesShown = 3;
  const byID = id => document.getElementById(id);

  // Terms, as SearchTerms.swift makes them.
  const stem = term => {
    if (!term.endsWith('s') || [...term].length < 4) return term;
    if (term.endsWith('ies')) return /[ea]ies$/.test(term) ? term : term.slice(0, -3) + 'y';
    return /([aeo]es|us|ss)$/.test(term) ? term : term.slice(0, -1);
  };
  // Signs such as ™ are no letters.
  const fold = text => text.replace(/\p{S}/gu, ' ').normalize('NFKD').toLowerCase().replace(/\p{M}/gu, '').replace(/ς/g, 'σ');
  // Most texts need nothing that knows all scripts, which takes its time.
  const isASCII = text => !/[^\0-\x7f]/.test(text);
  const wordsOf = text => isASCII(text) ? text.toLowerCase().match(/[a-z0-9]+/g) : fold(text).match(/[\p{L}\p{N}]+/gu);
  const termsOf = text => (wordsOf(text) || []).flatMap(run => {
    if (isASCII(run)) return [stem(run.slice(0, 40))];
    const terms = [];
    let piece = [];
    const end = () => {
      if (piece.length > 1 && unparted.test(piece[0])) {
        for (let place = 1; place < piece.length; place++) terms.push(piece[place - 1] + piece[place]);
      } else if (piece.length) terms.push(stem(piece.slice(0, 40).join('')));
      piece = [];
    };
    for (const letter of run) {
      if (piece.length && unparted.test(letter) !== unparted.test(piece[0])) end();
      piece.push(letter);
    }
    end();
    return terms;
  });

  // The words of a text with their places in it; in scripts that do not part their words, each letter with the next one.
  const tokens = text => [...text.matchAll(isASCII(text) ? /[a-z0-9]+/gi : /[\p{L}\p{N}\p{M}]+/gu)].flatMap(({ 0: run, index }) => {
    if (isASCII(run)) return { term: stem(run.toLowerCase().slice(0, 40)), start: index, end: index + run.length };
    const found = [];
    // Each letter with its marks.
    const letters = run.match(/\P{M}\p{M}*|\p{M}+/gu) || [];
    let place = index, word = '';
    const end = () => {
      for (const term of word ? termsOf(word) : []) found.push({ term, start: place - word.length, end: place });
      word = '';
    };
    letters.forEach((letter, number) => {
      if (unparted.test(letter)) {
        end();
        const pair = letters[number + 1] && unparted.test(letters[number + 1]) ? letter + letters[number + 1] : letter;
        const isTail = pair === letter && number && unparted.test(letters[number - 1]);
        if (!isTail) found.push({ term: termsOf(pair)[0], start: place, end: place + pair.length });
      } else word += letter;
      place += letter.length;
    });
    end();
    return found;
  });

  // Loading.
  const arrived = new Map();
  const load = (key, path) => {
    if (!arrived.has(key)) {
      const entry = {};
      entry.promise = new Promise((resolve, reject) => {
        entry.resolve = resolve;
        const script = make('script', { src: path });
        // Of a file that is cut off nothing is handed over.
        script.onload = script.onerror = () => {
          script.remove();
          if (entry.isHere) return;
          arrived.delete(key);
          reject(new Error(path));
        };
        document.head.append(script);
      });
      arrived.set(key, entry);
    }
    return arrived.get(key).promise;
  };
  const hand = (key, value) => {
    const entry = arrived.get(key);
    if (!entry) return;
    entry.isHere = true;
    entry.resolve(value);
  };

  let catalogue, dead;
  const hash = term => new TextEncoder().encode(term).reduce((sum, byte) => Math.imul(sum ^ byte, 16777619) >>> 0, 2166136261);

  // What is asked for: groups of terms, of which all must be there, each in its order.
  const groupsOf = text => [...text.replace(/[“”„«»]/g, '"').matchAll(/"([^"]*)"?|[^\s"]+/g)].map(match => termsOf(match[1] ?? match[0])).filter(terms => terms.length);

  // About how often each of a block's passages says a term: what SearchPostingCode wrote.
  const digits = new Uint8Array(128);
  [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].forEach((digit, value) => { digits[digit.charCodeAt(0)] = value; });
  const weightsOf = (code, passages) => {
    const found = [], weights = new Uint8Array(passages);
    if (!code) return { found, weights };
    let place = 0, left = 0, digit = 0;
    const bit = () => {
      if (!left) {
        digit = digits[code.charCodeAt(place++)];
        left = 6;
      }
      return digit >> --left & 1;
    };
    const number = (bits, from = 0) => {
      let value = from;
      while (bits-- > 0) value = value << 1 | bit();
      return value;
    };
    const zeros = () => {
      let count = 0;
      while ((left || place < code.length) && !bit()) count++;
      return count;
    };
    for (const weight of [1, 2, 3, 5, 8]) {
      let count = number(zeros(), 1) - 1;
      const bits = count && number(5);
      for (let next = 0; count > 0; count--, next++) {
        next += number(bits, zeros());
        found.push(next);
        weights[next] = weight;
      }
    }
    return { found, weights };
  };

  // Passages that have it all, the best and then the latest first.
  const candidates = async groups => {
    const terms = [...new Set(groups.flat())];
    const blocks = await Promise.all(catalogue.blocks.map(async ([block, shards, first, passages]) => ({
      first, lists: await Promise.all(terms.map(async term => {
        const name = `${block}-${hash(term) % shards}`;
        const known = await load(name, `search/${name}.js`);
        return weightsOf(Object.hasOwn(known, term) ? known[term] : '', passages);
      }))
    })));
    // What a weight is worth, of each term: the rarer the term, the more.
    const worths = terms.map((_, term) => {
      const count = blocks.reduce((sum, { lists }) => sum + lists[term].found.length, 0);
      return Array.from({ length: 9 }, (_, weight) => Math.log(1 + catalogue.passages / count) * weight / (weight + 2));
    });
    // By their weights for each term, as the digits of a number; of more than 16 terms it is not exact, and the order neither.
    const byWeights = new Map();
    for (const { first, lists } of blocks) {
      const all = lists.map(({ weights }) => weights);
      const rarest = lists.reduce((one, other) => other.found.length < one.found.length ? other : one);
      for (const place of rarest.found) {
        let weights = all[0][place];
        for (let term = 1; weights && term < all.length; term++) weights = all[term][place] && weights * 9 + all[term][place];
        if (!weights || dead.has(first + place)) continue;
        if (!byWeights.has(weights)) byWeights.set(weights, { score: all.reduce((sum, list, term) => sum + worths[term][list[place]], 0), passages: [] });
        byWeights.get(weights).passages.push(first + place);
      }
    }
    const kinds = [...byWeights.values()].sort((one, other) => other.score - one.score);
    return kinds.flatMap(({ passages }) => passages.sort((one, other) => other - one));
  };

  // Where the groups stand in a passage's texts: for each text the places to be marked.
  const match = (texts, groups) => {
    // All words of a text are looked at only where it has the beginning of one that is asked for: endings may differ.
    const terms = groups.flat(), beginnings = terms.map(term => term.slice(0, -1));
    const all = texts.flatMap((text, line) => {
      const letters = isASCII(text) ? text.toLowerCase() : fold(text);
      if (!beginnings.some(beginning => letters.includes(beginning))) return [{ line }];
      return tokens(text).map(token => Object.assign(token, { line }));
    });
    const marks = texts.map(() => []);
    const met = groups.map(terms => {
      let found = false;
      for (let place = 0; place + terms.length <= all.length; place++) {
        if (!terms.every((term, offset) => all[place + offset].term === term)) continue;
        found = true;
        // Words that are asked for together are marked together, where they stand in one text.
        const tokens = all.slice(place, place + terms.length), [first] = tokens;
        const isTogether = tokens.every(({ line }) => line === first.line);
        for (const token of isTogether ? [{ ...first, end: tokens.at(-1).end, term: terms.join(' ') }] : tokens) marks[token.line].push(token);
      }
      return found;
    });
    return { marks, met: met.filter(Boolean).length };
  };

  // Marks that overlap, as those of writing without spaces do, as one.
  const joined = marks => [...marks].sort((one, other) => one.start - other.start).reduce((all, { start, end }) => {
    const last = all.at(-1);
    if (last && start < last.end) last.end = Math.max(last.end, end); else all.push({ start, end });
    return all;
  }, []);

  // A text with its marks, cut around the first where it is long.
  const marked = (text, marks) => {
    const places = marks.sort((one, other) => one.start - other.start);
    const first = places[0]?.start ?? 0;
    const from = first > 160 ? text.lastIndexOf(' ', first - 80) + 1 : 0;
    const until = text.length > from + 320 ? Math.max(text.lastIndexOf(' ', from + 320), from + 200) : text.length;
    const pieces = from ? ['… '] : [];
    let place = from;
    for (const { start, end } of places) {
      if (end <= place || end > until) continue;
      pieces.push(text.slice(place, Math.max(start, place)), make('mark', { textContent: text.slice(Math.max(start, place), end) }));
      place = end;
    }
    return [...pieces, text.slice(place, until), until < text.length ? ' …' : ''];
  };

  const clock = seconds => {
    const two = number => String(number).padStart(2, '0');
    const all = Math.floor(seconds), hours = Math.floor(all / 3600), minutes = Math.floor(all / 60) % 60;
    return hours ? `${hours}:${two(minutes)}:${two(all % 60)}` : `${minutes}:${two(all % 60)}`;
  };

  // The lines of a passage that are shown, those with the most words first.
  const linesOf = (passage, groups) => {
    // The title counts in each passage of a video.
    const about = [passage.title, ...passage.about || []];
    const texts = [...about, ...passage.texts.split('\n').slice(0, -1)];
    const starts = passage.starts.split(' ');
    const { marks, met } = match(texts, groups);
    const page = `videos/${encodeURIComponent(passage.video)}.html`;
    const kinds = place => new Set(marks[place].map(mark => mark.term)).size;
    const lines = [...texts.keys()].filter(place => place && kinds(place));
    const shown = lines.sort((one, other) => kinds(other) - kinds(one) || one - other).slice(0, linesShown).sort((one, other) => one - other);
    // The page marks them again; behind the #, as they are nobody else's business.
    const asked = new Set(shown.filter(place => place >= about.length).flatMap(place => joined(marks[place]).map(({ start, end }) => texts[place].slice(start, end))));
    const query = [...asked].map(words => `&mark=${encodeURIComponent(words)}`).join('');
    // Comments are said at no second.
    const startOf = place => starts[place - about.length] ? Number(starts[place - about.length]) : undefined;
    const addressOf = place => startOf(place) === undefined ? page + (passage.comments ? '#comments' : '') : `${page}#t${Math.round(startOf(place) * 1000)}${query}`;
    // Others of a transcript stand on the page, marked; comments stand there as far as it shows them.
    const others = lines.filter(place => place >= about.length && !shown.includes(place)).sort((one, other) => one - other);
    const more = others.length ? [make('p', { className: 'hit meta' }, make('a', {
      href: addressOf(others[0]),
      textContent: others.length === 1 ? 'and one more line' : `and ${others.length} more lines`
    }))] : [];
    return {
      met, page, title: marked(passage.title, marks[0]),
      lines: shown.map(place => {
        const label = startOf(place) !== undefined ? clock(startOf(place)) : passage.comments ? 'Comment' : 'About';
        return make('p', { className: 'hit', dir: 'auto' },
          make('a', { href: addressOf(place), className: 'time', textContent: label }), ' ', make('span', {}, ...marked(texts[place], marks[place])));
      }).concat(more)
    };
  };

  let run = 0, rest = [], groups = [], isWaiting = false;
  const state = { words: '' };
  const say = text => { byID('count').textContent = text; };

  // Looks into passages until a page is full.
  const show = async mine => {
    const hits = byID('hits');
    // Where words must stand together, most places that have them all are none.
    const isPhrase = groups.some(({ length }) => length > 1);
    let shown = 0, looked = 0;
    while (rest.length && shown < perPage && looked < mostLooked) {
      const some = rest.splice(0, isPhrase ? mostLooked : Math.min(perPage - shown, mostLooked - looked));
      looked += some.length;
      const passages = await Promise.all(some.map(number => load(`text-${number}`, `search-text/${number}.js`)));
      if (mine !== run) return;
      for (const [place, passage] of passages.entries()) {
        const { met, page, title, lines } = linesOf(passage, groups);
        const same = [...hits.children].find(item => item.dataset.video === passage.video);
        if (met < groups.length || same && !lines.length) continue;
        shown += 1;
        const part = make('div', {}, ...lines);
        part.dataset.passage = some[place];
        if (same) {
          // In the order in which it is said.
          same.insertBefore(part, [...same.children].find(other => Number(other.dataset.passage) > some[place]) || null);
          continue;
        }
        const facts = [passage.channel, passage.date].filter(Boolean).map(fact => make('span', { textContent: fact, dir: 'auto' }));
        const item = make('li', {}, make('h2', {}, make('a', { href: page, dir: 'auto' }, ...title)), make('p', { className: 'meta facts' }, ...facts), part);
        item.dataset.video = passage.video;
        hits.append(item);
      }
    }
    const videos = hits.children.length;
    byID('more').hidden = !rest.length;
    say(videos ? `Found in ${videos === 1 ? 'one video' : `${videos} videos`}${rest.length ? ', and there may be more' : ''}`
      : rest.length ? `Not in the ${looked} likeliest places. Show more looks further.` : `Nothing was found for ${state.words}. ${groups.flat().length > 1 ? 'Fewer words find more.' : 'Is it spelled as in the transcripts?'}`);
  };

  const search = async again => {
    const mine = ++run;
    groups = groupsOf(state.words);
    byID('hits').replaceChildren();
    byID('more').hidden = true;
    say('');
    isWaiting = !catalogue;
    if (!groups.length || isWaiting) return;
    if (!catalogue.passages) return say('There is nothing to be searched yet.');
    try {
      const found = await candidates(groups);
      if (mine !== run) return;
      rest = found;
      await show(mine);
    } catch (error) {
      if (mine !== run) return;
      // The files may have been made anew since the page was opened.
      if (again) return say(`A part of the search could not be loaded (${error.message}). Reload the page.`);
      catalogue = undefined;
      arrived.clear();
      const onload = () => search(true);
      const onerror = () => say('The search could not be loaded. Reload the page.');
      document.head.append(make('script', { src: `search/index.js?${Date.now()}`, onload, onerror }));
    }
  };

  // The words stand behind the #, where no server's log has them; behind a ? they come from whoever wrote the link by hand.
  if (location.search && !location.hash) {
    const words = new URLSearchParams(location.search).get('q');
    if (words) history.replaceState(null, '', `${location.pathname}#q=${encodeURIComponent(words)}`);
  }
  const openAddress = () => {
    if (location.hash && !location.hash.startsWith('#q=')) return;
    const words = location.hash.slice(3);
    try {
      state.words = decodeURIComponent(words).trim();
    } catch {
      state.words = words.trim();
    }
    byID('words').value = state.words;
    search();
  };

  byID('search').addEventListener('submit', event => {
    event.preventDefault();
    const address = `#q=${encodeURIComponent(byID('words').value.trim())}`;
    if (address !== location.hash) history.pushState(null, '', address);
    openAddress();
  });
  byID('more').addEventListener('click', () => show(run).catch(error => say(`A part could not be loaded (${error.message}). Search again.`)));
  addEventListener('hashchange', openAddress);

  return {
    index: value => {
      catalogue = value;
      dead = new Set(value.dead.flatMap(([first, count]) => Array.from({ length: count }, (_, place) => first + place)));
      if (isWaiting) return void search();
      if (run) return;
      if (location.hash.startsWith('#q=')) openAddress(); else byID('words').focus();
    },
    terms: hand,
    passage: (number, value) => hand(`text-${number}`, value),
    termsOf, weightsOf
  };
})();
