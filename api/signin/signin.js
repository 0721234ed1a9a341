// Signs in with the key of a one-time link, or with one that is typed in. The
// server keeps the session in a cookie that no script can read; nothing is kept
// here.
'use strict';

const find = (id) => document.getElementById(id);

const problems = {
  unauthorized: ['キーが正しくないか、使用済みか、期限切れです。', 'The key is wrong, was used already or is over.'],
  token_expired: ['このトークンは期限が切れています。', 'This token has expired.'],
  forbidden: ['このトークンではサインインできません。owner、manager、viewer のトークンを使ってください。', 'This token is not for signing in; use that of an owner, a manager or a viewer.'],
  missing: ['キーを入力してください。', 'Enter a key.'],
  unreachable: ['サーバーに接続できません。', 'The server cannot be reached.'],
  other: ['サーバーで問題が起きました。', 'Something went wrong in the server.'],
};

const roles = { owner: 'オーナー (owner)', manager: 'マネージャー (manager)', viewer: '閲覧者 (viewer)' };

// say writes a message in both languages.
function say(where, code) {
  const [ja, en] = problems[code] || problems.other;
  const english = document.createElement('span');
  english.lang = 'en';
  english.textContent = en;
  where.replaceChildren(ja + ' ', english);
}

// ask makes a request; it never throws.
async function ask(method, body) {
  try {
    const response = await fetch('/v1/session', {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      headers: body ? { 'Content-Type': 'application/json' } : {},
      body: body && JSON.stringify(body),
    });
    return { ok: response.ok, ...(await response.json()) };
  } catch {
    return { ok: false, code: 'unreachable' };
  }
}

// show opens one of the two sections; by the user's doing, it takes the focus.
function show(id, focus) {
  for (const one of ['wait', 'out', 'in']) find(one).hidden = one !== id;
  if (focus) find(id === 'out' ? 'key' : 'in-title').focus();
}

function showWho(who, focus) {
  find('name').textContent = who.name;
  find('role').textContent = roles[who.role] || who.role;
  const until = new Date(who.expiresAt);
  find('until').dateTime = until.toISOString();
  find('until').textContent = until.toLocaleString('ja', { year: 'numeric', month: 'long', day: 'numeric', hour: '2-digit', minute: '2-digit', timeZoneName: 'short' });
  find('trouble').replaceChildren();
  find('other').hidden = !linked;
  show('in', focus);
}

async function signIn(key) {
  const buttons = document.querySelectorAll('button');
  for (const b of buttons) b.disabled = true;
  const answer = await ask('POST', { key });
  for (const b of buttons) b.disabled = false;
  if (answer.ok) {
    linked = '';
    find('form').reset();
    find('key').removeAttribute('aria-invalid');
    find('problem').replaceChildren();
    showWho(answer, true);
    return;
  }
  show('out', true);
  find('key').setAttribute('aria-invalid', 'true');
  say(find('problem'), answer.code);
}

// takeLinked takes the key out of the address bar, so that it is neither seen
// nor kept in the history.
function takeLinked() {
  const key = location.hash.slice(1);
  if (key) history.replaceState(null, '', location.pathname);
  return key;
}

let linked = takeLinked();

// open signs in by the link at once, unless somebody is signed in already: then
// it takes a click, so that no link of a stranger changes who that is.
async function open() {
  const who = await ask('GET');
  if (who.ok && who.session) showWho(who, false);
  else if (linked) await signIn(linked);
  else show('out', false);
}

find('form').addEventListener('submit', (event) => {
  event.preventDefault();
  const key = find('key').value.trim();
  if (key) signIn(key);
  else say(find('problem'), 'missing');
});

find('again').addEventListener('click', () => signIn(linked));

find('leave').addEventListener('click', async () => {
  const answer = await ask('DELETE');
  if (answer.ok || answer.code === 'unauthorized') show('out', true);
  else say(find('trouble'), answer.code);
});

window.addEventListener('hashchange', () => {
  linked = takeLinked() || linked;
  open();
});

open();
