// meibo.js: a shop's page calls meibo('boot', {key: 'mbp_…'}) and meibo knows
// who visits. It never throws into the page, sets no cookie, and changes
// nothing of the page's but window.meibo. Package api's meibojs.go says more.
(() => {
  const page = window, doc = document, nav = navigator, own = 'meibo:', minute = 6e4;
  if (page.meibo?.ready) return; // linked twice
  const home = doc.currentScript?.src;

  let options;   // of the last boot
  let owed;      // that boot has not come through: the next sign of life tries again
  let mayReboot; // once a boot: a visitor who is gone may start anew
  let kept;      // the visitor, where localStorage is forbidden or full
  let next = 0;  // the time before which nothing is sent by itself
  let pause = 0; // grows while the server is not well
  const told = {}, unlisted = 'origin_not_allowed';

  const warn = (code, text) => {
    if (!told[code]) console.warn('meibo: ' + code + ': ' + text);
    told[code] = 1;
  };

  // The visitor, {id, visitorToken, at: the last touch}, is shared by tabs.
  const load = () => {
    try {
      return JSON.parse(page.localStorage.getItem(own + options.key)) || kept;
    } catch {
      return kept;
    }
  };
  const save = visitor => {
    kept = visitor;
    try {
      if (visitor) page.localStorage.setItem(own + options.key, JSON.stringify(visitor));
      else page.localStorage.removeItem(own + options.key);
      kept = 0;
    } catch {}
  };

  // An answer counts only for the visitor it was asked for: another tab may
  // have signed out meanwhile. What comes of it is one of these.
  const done = 1, refused = 2, invalid = 3, failed = 4, gone = 5;
  const post = async (path, body, visitor) => {
    const base = (options.server || home.replace(/\/[^/]*$/, '')).replace(/\/*$/, '/');
    const token = visitor?.visitorToken;
    body = JSON.stringify({...body, visitorToken: token});
    let status = 0, answer;
    try {
      const response = await fetch(base + 'v1/' + path, {
        method: 'POST', body, credentials: 'omit',
        keepalive: body.length < 2e4, // browsers allow 64 KiB
        signal: AbortSignal.timeout?.(3e4),
        headers: {Authorization: 'Bearer ' + options.key, 'Content-Type': 'application/json'},
      });
      status = response.status;
      answer = await response.json();
    } catch {}
    if (!status || status == 429 || status > 499) {
      pause = Math.min(pause * 2 || minute, 16 * minute);
      next = Date.now() + pause;
      // The browser does not tell a refused origin from a lost connection, but
      // anybody gets the script where the server is well.
      if (!status && !told[unlisted]) fetch(base + 'meibo.js', {cache: 'no-store', credentials: 'omit'}).then(script => script.ok && warn(unlisted,
        location.origin + ' を公開キーの許可するオリジンに加えてください / add it to the origins that the key allows'), () => {});
      return failed;
    }
    pause = 0;
    if (answer?.visitorToken) {
      if (load()?.visitorToken == token)
        save({id: answer.id, visitorToken: answer.visitorToken, at: path == 'forms' ? visitor.at : Date.now()});
      return done;
    }
    if (path != 'boot' && (/401|404|410/.test(status) || answer?.code == 'bad_visitor_token')) return gone;
    warn(answer?.code || status, answer?.detail + (answer?.errors ? ' ' + JSON.stringify(answer.errors) : ''));
    return status == 422 ? invalid : refused;
  };

  // What the page tells of how the visitor came: utm_* of its address, and the
  // referring site of one who is new.
  const campaign = isNew => {
    const found = {}, cut = text => [...text].slice(0, 500).join('');
    for (const part of ['Source', 'Medium', 'Campaign', 'Content', 'Term']) {
      const value = new URLSearchParams(location.search).get('utm_' + part.toLowerCase());
      if (value) found['utm' + part] = cut(value);
    }
    if (isNew && doc.referrer && new URL(doc.referrer).host != location.host) found.referrer = cut(doc.referrer);
    return found;
  };

  // Versions that browsers froze (Windows 10, macOS 10.15, Android 10) are
  // asked for, or left out.
  const device = async () => {
    const agent = nav.userAgent, data = nav.userAgentData;
    const first = list => list.find(([, form]) => form.test(agent)) || [];
    const [browserName, form] = first([
      ['LINE', /\bLine\/(\d+)/], ['Yahoo! アプリ', /YJApp\S* \S+?\/(\d+)/], ['Edge', /Edg\w*\/(\d+)/],
      ['Opera', /OPR\/(\d+)/], ['Samsung Internet', /SamsungBrowser\/(\d+)/], ['Firefox', /(?:Firefox|FxiOS)\/(\d+)/],
      ['Chrome', /(?:Chrome|CriOS)\/(\d+)/], ['Safari', /Version\/(\d+).*Safari/]]);
    let [osName] = first([['iOS', /iPhone|iPod/], ['iPadOS', /iPad/], ['Android', /Android/], ['ChromeOS', /CrOS/],
      ['Windows', /Windows/], ['macOS', /Mac OS/], ['Linux', /Linux/]]);
    if (osName == 'macOS' && nav.maxTouchPoints > 1) osName = 'iPadOS'; // it says that it is a Mac
    let asked = '';
    try {
      asked = (await data.getHighEntropyValues(['platformVersion'])).platformVersion;
    } catch {}
    const [major, minor] = asked.split('.');
    const version = /^i/.test(osName) ? (/Version\/([\d.]+)/.exec(agent) || /OS (\d+_\d+)/.exec(agent))?.[1].replace('_', '.')
      : osName == 'Windows' ? major > 12 ? '11' : major > 0 && '10'
      : osName == 'macOS' ? major && major + '.' + minor
      : osName == 'Android' && (major || /Android ([\d.]+); (?!K\))/.exec(agent)?.[1]);
    return {
      browser: form && browserName + ' ' + form.exec(agent)[1], browserName,
      os: osName && osName + (version ? ' ' + version : ''), osName,
      device: osName == 'iPadOS' || osName == 'Android' && !/Mobile/.test(agent) ? 'tablet' : /Mobi/.test(agent) ? 'mobile' : 'desktop',
    };
  };

  // One tab at a time, so that two that open together share one visitor. What
  // the script found out by itself is left out where the shop has no field for
  // it (any more).
  const boot = () => {
    const run = async () => {
      const visitor = load(), {key, server, ...body} = options, found = campaign(!visitor);
      const attempt = async once => post('boot', {
        platform: 'web', language: nav.language, web: await device(), ...body, profileOnce: {...once, ...body.profileOnce},
      }, visitor);
      let result = await attempt(found);
      if (result == invalid && Object.keys(found)[0]) result = await attempt();
      owed = result == failed;
    };
    return nav.locks ? nav.locks.request(own + options.key, run) : run();
  };

  // Sends for the visitor who is known. One whom the server does not know any
  // more starts anew, once, by the same boot.
  const send = async (path, body) => {
    const visitor = load();
    if (visitor && await post(path || 'customers/' + encodeURIComponent(visitor.id) + '/touch', body, visitor) == gone) {
      save();
      if (mayReboot) {
        mayReboot = 0;
        await boot();
        if (path) await send(path, body);
      }
    }
  };

  const calls = {
    boot(o) {
      if (!o.server && !home) throw Error('server: where is meibo?');
      options = o;
      mayReboot = 1;
      next = Date.now() + minute;
      return boot();
    },
    update: o => options && send('forms', o),
    touch() {
      const now = Date.now();
      if (!options || now < next) return;
      next = now + minute;
      if (owed) return boot();
      const since = now - load()?.at; // another tab's touch is as good
      if (since >= 0 && since < minute) next -= since;
      else return send('', {platform: 'web'});
    },
    shutdown() {
      options = owed = kept = 0;
      try {
        for (const name of Object.keys(page.localStorage)) if (name.startsWith(own)) page.localStorage.removeItem(name);
      } catch {}
    },
  };

  // Calls run one after the other. What comes last may be a function: it is
  // given {id, visitorToken}, or nothing where there is no visitor.
  let queue = new Promise(go => doc.prerendering ? doc.addEventListener('prerenderingchange', go) : go());
  const meibo = (name, ...rest) => {
    const told = rest.find(value => typeof value == 'function');
    queue = queue.then(() => {
      if (!calls[name]) throw Error('boot, update, touch, shutdown');
      return calls[name](typeof rest[0] == 'object' && rest[0] || {});
    }).catch(e => warn(name, e.message)).then(() => {
      const visitor = options && load();
      if (told) queueMicrotask(() => told(visitor ? {id: visitor.id, visitorToken: visitor.visitorToken} : undefined));
    });
  };
  meibo.ready = true;

  const alive = () => {
    if (options && Date.now() >= next && doc.visibilityState == 'visible') meibo('touch');
  };
  for (const sign of ['pointerdown', 'keydown', 'input', 'scroll', 'popstate', 'visibilitychange'])
    page.addEventListener(sign, alive, {capture: true, passive: true});
  page.navigation?.addEventListener('currententrychange', alive); // pushState and replaceState

  const early = page.meibo?.q;
  page.meibo = meibo;
  if (early) for (const call of early) meibo(...call);
})();
