// No page needs this script to be read. Each part looks whether its page is open, and leaves the others alone.
'use strict';
const make = (name, values, ...children) => {
  const element = Object.assign(document.createElement(name), values);
  element.append(...children);
  return element;
};
// Writing that parts no words: of it pairs of signs are looked for. The same as in SearchTerms.swift.
const unparted = /^[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}]/u;
const timeOf = line => line.querySelector('.time');
const textOf = line => line.querySelector('.text');
const escaped = text => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&').replace(/\s+/g, '\\s+');
// Marks in a line what the pattern finds, which has one group; takes earlier marks away.
const mark = (line, pattern) => {
  const place = textOf(line), text = place.textContent;
  // Split by one group: every second piece is a match.
  const pieces = pattern ? text.split(pattern) : [text];
  if (pieces.length > 1 || place.children.length) {
    place.replaceChildren(...pieces.map((piece, index) => index % 2 ? make('mark', { textContent: piece }) : piece));
  }
  return pieces.length > 1;
};
// A box that narrows down what stands below it, and how much that is.
const finder = (placeholder, label, before) => {
  const box = make('input', { type: 'search', placeholder, ariaLabel: label });
  const count = make('span', { className: 'meta' });
  count.setAttribute('role', 'status');
  const find = make('div', { className: 'find' }, box, count);
  find.setAttribute('role', 'search');
  before.before(find);
  return { box, count };
};

// The reading page: play from a line, mark the line being spoken, find in the transcript.
(() => {
  const lines = [...document.querySelectorAll('.line')];
  if (!lines.length) return;
  const media = document.querySelector('video, audio');
  const starts = lines.map(line => Number(timeOf(line).dataset.start));
  const calm = matchMedia('(prefers-reduced-motion)');
  let now;

  const lineAt = seconds => {
    let low = 0, high = lines.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= seconds + 0.01) low = middle + 1; else high = middle;
    }
    return lines[low - 1];
  };

  // On a phone the player lies over the top of the page.
  const inView = line => {
    const box = line.getBoundingClientRect(), cover = media.parentNode.getBoundingClientRect();
    return box.height && box.top < innerHeight && box.bottom > (cover.left < box.right ? cover.bottom : 0);
  };
  const show = (line, behavior) => { if (!line.hidden && !inView(line)) line.scrollIntoView({ behavior }); };

  // Follows only while the last spoken line is in view: a reader who scrolled away is left alone.
  const follow = () => {
    const line = lineAt(media.currentTime);
    if (line === now) return;
    const following = !media.paused && (!now || inView(now));
    if (now) {
      now.classList.remove('now');
      now.removeAttribute('aria-current');
    }
    now = line;
    if (!line) return;
    line.classList.add('now');
    line.setAttribute('aria-current', 'true');
    if (following) show(line, calm.matches ? 'auto' : 'smooth');
  };

  // Browsers refuse caption files from disk; there the captions come from the page.
  const captionFromPage = track => {
    track.remove();
    const captions = media.addTextTrack('captions', track.label);
    lines.forEach((line, index) => {
      const end = Math.min(starts[index + 1] || Infinity, starts[index] + 7);
      captions.addCue(new VTTCue(starts[index], end, textOf(line).textContent));
    });
  };

  document.querySelectorAll('.chapters a').forEach(link => {
    // The whole address: where no line begins the page has nothing of that name, and only this script leads there.
    const here = location.href.split('#')[0];
    link.href = media ? `${here}#t${Math.round(link.dataset.start * 1000)}` : '#' + (lineAt(link.dataset.start * 1) || lines[0]).id;
  });

  if (media) {
    // Any millisecond may be named, also one at which no line begins.
    const openAddress = () => {
      const named = /^#t(\d+)/.exec(location.hash);
      if (!named) return;
      media.currentTime = named[1] / 1000;
      const line = lineAt(named[1] / 1000);
      if (line && '#' + line.id !== named[0]) line.scrollIntoView();
    };
    const track = media.querySelector('track');
    if (track && location.protocol === 'file:') captionFromPage(track);
    ['timeupdate', 'seeked'].forEach(name => media.addEventListener(name, follow));
    addEventListener('hashchange', openAddress);
    openAddress();
    media.addEventListener('loadedmetadata', () => {
      if (media.seekable.length && media.seekable.end(0)) return;
      const words = 'This web server sends recordings only from their beginning (it knows no byte ranges), so that a click cannot play from a line. Opened as a file, or behind another server, the page can.';
      media.parentNode.after(make('p', { className: 'meta', textContent: words }));
    });
    document.addEventListener('click', event => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      // The text of a line too, unless somebody selects or corrects it.
      const text = getSelection().isCollapsed && event.target.closest('.line .text:not([contenteditable])');
      const link = text ? timeOf(text.closest('.line')) : event.target.closest('[data-start]');
      if (!link) return;
      event.preventDefault();
      history.replaceState(null, '', link.hash);
      media.currentTime = link.dataset.start;
      media.play().catch(() => {});
      show(lineAt(link.dataset.start * 1));
    });
  }

  const { box, count } = finder('Find in this transcript', 'Find in this transcript', document.querySelector('.lines'));
  box.setAttribute('aria-keyshortcuts', '/');

  const search = () => {
    const words = escaped(box.value.trim());
    const pattern = words && new RegExp(`(${words})`, 'iu');
    let found = 0;
    lines.forEach(line => {
      line.hidden = !mark(line, pattern) && Boolean(pattern);
      found += !line.hidden;
    });
    document.querySelectorAll('.lines h3').forEach(heading => { heading.hidden = Boolean(pattern); });
    count.textContent = pattern && (found === 1 ? '1 line' : `${found || 'No'} lines`);
  };

  box.addEventListener('input', search);
  box.addEventListener('keydown', event => {
    const first = lines.find(line => !line.hidden);
    if (event.key === 'Enter' && first) timeOf(first).focus();
    if (event.key === 'Escape') {
      box.value = '';
      search();
    }
  });
  document.addEventListener('keydown', event => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.target.matches('input') || event.target.isContentEditable) return;
    event.preventDefault();
    box.focus();
  });
})();

// Mending a line or naming a speaker: the page changes nothing by itself, it makes the file that is to be put into the folder update.
(() => {
  const lines = [...document.querySelectorAll('.line')];
  const find = document.querySelector('.find');
  if (!find) return;
  const video = document.querySelector('[data-video]').dataset.video;
  const speakers = new Map([...document.querySelectorAll('.speaker')].map(name => [name.dataset.speaker, name.textContent.replace(/:$/, '')]));

  // Lines and not subtitles: these are made anew of the lines that were changed, and of no others.
  const corrected = () => JSON.stringify({
    segments: lines.map(line => {
      const { start, end } = timeOf(line).dataset;
      const text = textOf(line).textContent.replace(/\s+/g, ' ').trim();
      return { start: Number(start), end: Number(end), text, speaker: line.querySelector('.speaker')?.dataset.speaker };
    })
  }, null, 1);
  const save = (content, before, name) => {
    if (content === before) {
      said.textContent = 'Nothing was changed.';
      return;
    }
    const link = make('a', { href: URL.createObjectURL(new Blob([content])), download: name });
    document.body.append(link);
    link.click();
    link.remove();
    said.textContent = `Now put the newest ${name} from your downloads into the folder update of the share; a number that your browser put behind its name may stay. What came of it will stand in receipts/update, and on this page when it is loaded again.`;
  };

  const said = make('p');
  said.setAttribute('role', 'status');
  const tools = make('div', { className: 'correcting', hidden: true });
  const mend = make('button', { type: 'button', textContent: speakers.size ? 'Correct, or name speakers' : 'Correct' });
  mend.setAttribute('aria-expanded', 'false');
  mend.addEventListener('click', () => {
    const isOpen = tools.hidden;
    tools.hidden = !isOpen;
    mend.setAttribute('aria-expanded', String(isOpen));
    lines.forEach(line => {
      const place = textOf(line);
      if (!isOpen) return ['contenteditable', 'role', 'aria-label'].forEach(name => place.removeAttribute(name));
      place.setAttribute('contenteditable', 'plaintext-only');
      place.setAttribute('role', 'textbox');
      place.setAttribute('aria-label', `Line at ${timeOf(line).textContent}`);
    });
    if (isOpen) textOf(lines.find(line => !line.hidden) || lines[0]).focus();
  });
  document.querySelector('.lines').addEventListener('keydown', event => {
    if (event.key !== 'Enter' || !event.target.isContentEditable) return;
    event.preventDefault();
    const next = lines[lines.indexOf(event.target.closest('.line')) + 1];
    if (next) textOf(next).focus();
  });

  const saveText = make('button', { type: 'button', textContent: 'Save the corrected transcript' });
  const textBefore = corrected();
  let textSaved = textBefore;
  saveText.addEventListener('click', () => {
    textSaved = corrected();
    save(textSaved, textBefore, `${video}.json`);
  });
  addEventListener('beforeunload', event => { if (corrected() !== textSaved) event.preventDefault(); });
  const before = lines.map(line => textOf(line).textContent);
  const undo = make('button', { type: 'button', textContent: 'Put back what was there' });
  undo.addEventListener('click', () => {
    lines.forEach((line, place) => { if (textOf(line).textContent !== before[place]) textOf(line).textContent = before[place]; });
    textSaved = textBefore;
    said.textContent = 'The lines are as they were.';
  });
  tools.append(make('p', { textContent: 'Click into a line and mend it. Earlier versions are kept.' }), saveText, undo);
  if (speakers.size) {
    const fields = [...speakers].map(([label, name]) => {
      const field = make('input', { value: name === label ? '' : name });
      return { label, field, row: make('label', {}, `${label} is `, field) };
    });
    const saveNames = make('button', { type: 'button', textContent: 'Save the names' });
    const names = () => JSON.stringify({ speakers: Object.fromEntries(fields.map(({ label, field }) => [label, field.value.trim()])) }, null, 2);
    const namesBefore = names();
    saveNames.addEventListener('click', () => save(names(), namesBefore, `${video}.json`));
    tools.append(...fields.map(({ row }) => row), saveNames);
  }
  tools.append(said);

  const share = make('button', { type: 'button', textContent: 'Link to this second' });
  share.addEventListener('click', async () => {
    const line = document.querySelector('.line.now') || document.querySelector('.line:target') || lines[0];
    history.replaceState(null, '', `#${line.id}`);
    try {
      await navigator.clipboard.writeText(location.href);
      share.textContent = 'Copied';
    } catch {
      share.textContent = 'It stands in the address bar';
    }
    setTimeout(() => { share.textContent = 'Link to this second'; }, 2000);
  });
  // In the bar, which stays in view while one reads on.
  find.append(mend, share, tools);
})();

// The jobs of a page, sorted by a column and filtered by what stands in a row: name, site, user, state, reason.
(() => {
  const table = document.querySelector('table.sortable');
  if (!table) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const key = (row, column) => {
    const cell = row.cells[column];
    return (cell.querySelector('time')?.dateTime || cell.textContent).trim().toLowerCase();
  };
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    // How long it took is written for people.
    if (head.classList.contains('number')) return;
    const button = make('button', { type: 'button', textContent: head.textContent });
    button.addEventListener('click', () => {
      const isRising = head.getAttribute('aria-sort') !== 'ascending';
      [...table.tHead.rows[0].cells].forEach(other => other.removeAttribute('aria-sort'));
      head.setAttribute('aria-sort', isRising ? 'ascending' : 'descending');
      const sign = isRising ? 1 : -1;
      body.append(...rows.sort((one, other) => sign * key(one, column).localeCompare(key(other, column), undefined, { numeric: true })));
    });
    head.replaceChildren(button);
  });
  const { box, count } = finder('Filter this page', 'Filter the jobs of this page', table);
  const words = () => box.value.toLowerCase().split(/\s+/).filter(Boolean);
  const filter = () => {
    rows.forEach(row => { row.hidden = !words().every(word => row.textContent.toLowerCase().includes(word)); });
    const shown = rows.filter(row => !row.hidden).length;
    count.textContent = words().length ? `${shown} of ${rows.length}` : '';
  };
  box.addEventListener('input', filter);
  if (!table.dataset.names) return;

  // All jobs stand in scripts of a hundred each, the newest first. Once loaded they stay.
  const most = 100, loaded = new Map();
  let taken;
  window.spoolscribeJobs = value => { taken = value; };
  const load = path => new Promise((resolve, reject) => {
    const script = make('script', { src: path });
    script.onload = script.onerror = () => {
      script.remove();
      const jobs = taken;
      taken = undefined;
      if (jobs) resolve(jobs); else reject(new Error(path));
    };
    document.head.append(script);
  });
  const button = make('button', { type: 'button', textContent: 'Look among all jobs' });
  box.after(button);
  const list = make('ul', { className: 'rows' });
  const results = make('section', { hidden: true }, make('h2', { textContent: 'Among all jobs' }), list);
  results.className = 'among';
  table.before(results);
  let run = 0;
  const look = async () => {
    const mine = ++run, wanted = words(), seen = new Set();
    if (!wanted.length) return box.focus();
    list.replaceChildren();
    results.hidden = false;
    let path = table.dataset.names, found = 0;
    while (path && found < most) {
      if (!loaded.has(path)) loaded.set(path, await load(path));
      if (mine !== run) return;
      const { jobs, older } = loaded.get(path);
      for (const [href, ...texts] of jobs) {
        if (seen.has(href) || found === most) continue;
        seen.add(href);
        const text = texts.join(' ').toLowerCase();
        if (!wanted.every(word => text.includes(word))) continue;
        found += 1;
        const [title, ...facts] = texts;
        const item = make('p', { className: 'meta facts' }, ...facts.map(fact => make('span', { textContent: fact, dir: 'auto' })));
        list.append(make('li', {}, make('p', {}, make('a', { href, textContent: title, dir: 'auto' })), item));
      }
      path = older;
      count.textContent = `${found} among the newest ${seen.size}`;
    }
    count.textContent = found === most ? `The newest ${most}` : `${found} of ${seen.size}`;
  };
  const start = () => look().catch(error => { count.textContent = `A part could not be loaded (${error.message}). Reload the page.`; });
  button.addEventListener('click', start);
  box.addEventListener('keydown', event => { if (event.key === 'Enter') start(); });
  box.addEventListener('input', () => {
    run++;
    results.hidden = true;
  });
})();

// Behind a web server the overview, and pages of jobs that are under way, follow what goes on. A page opened from disk says when it was made.
(() => {
  const live = document.querySelector('main[data-live]:not([data-live=""])');
  if (!live) return;
  const root = live.dataset.live === 'overview' ? '' : '../';
  const least = 4000, most = 60000;
  const byID = id => document.getElementById(id);
  let made = Date.parse(byID('as-of').dateTime), wait = least;
  // A daemon that was stopped has said so; of one that died only the age of what it made last can tell.
  const doubt = () => {
    const notice = byID('stale');
    if (notice) notice.hidden = !byID('stopped').hidden || Date.now() - made < 600000;
  };
  doubt();
  if (!location.protocol.startsWith('http')) return;

  const gauge = job => {
    const bar = make('progress', { max: 100, value: job.progress_percent, ariaLabel: 'Progress' });
    return make('p', { className: 'gauge' }, bar, ' ', make('span', { textContent: `${job.progress_percent} %`, ariaHidden: 'true' }));
  };
  const words = job => `${job.stage}${job.work ? `: ${job.work}` : ''} · for ${job.user_id}`;
  const overview = ({ counts, running, stopped }) => {
    const notice = byID('stopped');
    if (notice) notice.hidden = !stopped;
    const sum = (...states) => states.reduce((all, state) => all + (counts[state] || 0), 0);
    const numbers = {
      completed: sum('completed'), failed: sum('failed'), cancelled: sum('cancelled'), pending: sum('pending', 'queued', 'retrying'),
      total: sum(...Object.keys(counts))
    };
    numbers.processing = numbers.total - numbers.completed - numbers.failed - numbers.cancelled - numbers.pending;
    document.querySelectorAll('[data-count]').forEach(place => { place.textContent = numbers[place.dataset.count]; });
    const list = byID('running-jobs');
    // What has the keyboard's focus keeps it.
    const items = running.map(job => [...list.children].find(item => item.dataset.job === job.job_id) || make('li', { className: 'run' }));
    items.forEach((item, place) => {
      const job = running[place];
      const link = item.querySelector('a') || make('a', { href: job.page, dir: 'auto' });
      link.textContent = job.title;
      if (!item.dataset.job) item.append(make('p', {}, link), make('p', { className: 'meta' }), gauge(job));
      item.dataset.job = job.job_id;
      item.querySelector('.meta').textContent = words(job);
      item.querySelector('.gauge').replaceWith(gauge(job));
    });
    [...list.children].filter(item => !items.includes(item)).forEach(item => item.remove());
    items.forEach((item, place) => { if (list.children[place] !== item) list.insertBefore(item, list.children[place] || null); });
  };
  const page = ({ running }) => {
    const job = running.find(other => other.job_id === live.dataset.live);
    const bar = document.querySelector('.standing .gauge');
    // The list has only the newest: a job that is not in a full one may be under way.
    if (!job && running.length >= 50) return;
    const { label } = document.querySelector('.standing .state').dataset;
    // Not where a template of one's own says it in other words.
    if (!job || !bar || label && label !== job.stage) return location.reload();
    bar.querySelector('progress').value = job.progress_percent;
    bar.querySelector('span').textContent = `${job.progress_percent} %`;
  };
  const age = () => {
    const seconds = Math.max(0, Math.round((Date.now() - made) / 1000));
    byID('age').textContent = seconds < 120 ? ` (${seconds} s ago)` : ` (${Math.round(seconds / 60)} min ago)`;
  };
  const look = async () => {
    try {
      const answer = await fetch(`${root}status.json`, { cache: 'no-cache' });
      if (!answer.ok) throw new Error(answer.status);
      const status = await answer.json();
      const at = Date.parse(status.generated_at);
      if (at > made) {
        made = at;
        byID('as-of').textContent = new Date(at).toLocaleString();
        byID('as-of').dateTime = status.generated_at;
        if (live.dataset.live === 'overview') overview(status); else page(status);
      }
      wait = least;
      byID('renewal').textContent = status.stopped ? 'No daemon is running.' : 'This page renews itself.';
    } catch {
      // The server may be away, or serve no such file.
      wait = Math.min(wait * 2, most);
      byID('renewal').textContent = 'Reload the page for the newest state.';
    }
    age();
    doubt();
    setTimeout(look, document.hidden ? most : wait);
  };
  setInterval(age, 1000);
  setTimeout(look, least);
})();

// From a hit of the site's search to the line in which it was found: what was asked for is marked on the whole page.
(() => {
  const asked = new URLSearchParams(location.hash.slice(1)).getAll('mark').filter(Boolean);
  if (!asked.length) return;
  // Whole words, where words are parted.
  const letter = `(?!${unparted.source.slice(1)})[\\p{L}\\p{N}\\p{M}]`;
  const words = asked.map(text => {
    const [before, behind] = [[...text][0], [...text].at(-1)].map(end => !unparted.test(end));
    return `${before ? `(?<!${letter})` : ''}${escaped(text)}${behind ? `(?!${letter})` : ''}`;
  });
  const pattern = new RegExp(`(${words.join('|')})`, 'iu');
  document.querySelectorAll('.line').forEach(line => mark(line, pattern));
  location.replace(location.hash.split('&')[0]);
})();
