// SPDX-License-Identifier: AGPL-3.0-or-later
// Lets a form marked data-passkey be answered by a passkey (WebAuthn): "create" makes one, "get" uses one after the
// passphrase, "enter" uses one alone. Without this file the page offers other ways.

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const withBytes = (list) => (list || []).map((item) => ({ ...item, id: bytes(item.id) }));

async function create(options) {
  const asked = options.publicKey;
  const credential = await navigator.credentials.create({
    publicKey: {
      ...asked,
      challenge: bytes(asked.challenge),
      user: { ...asked.user, id: bytes(asked.user.id) },
      excludeCredentials: withBytes(asked.excludeCredentials),
      // Kept where it can sign in alone, when the device knows how; a simple key still serves after the passphrase.
      authenticatorSelection: {
        ...asked.authenticatorSelection,
        residentKey: "preferred",
        requireResidentKey: false,
        userVerification: "preferred",
      },
    },
  });
  const { clientDataJSON, attestationObject } = credential.response;
  const transports = credential.response.getTransports ? credential.response.getTransports() : [];
  return answer(credential, { clientDataJSON: text(clientDataJSON), attestationObject: text(attestationObject), transports });
}

async function get(options) {
  const asked = options.publicKey;
  const credential = await navigator.credentials.get({
    publicKey: {
      ...asked,
      challenge: bytes(asked.challenge),
      allowCredentials: withBytes(asked.allowCredentials),
    },
  });
  const { clientDataJSON, authenticatorData, signature, userHandle } = credential.response;
  return answer(credential, {
    clientDataJSON: text(clientDataJSON),
    authenticatorData: text(authenticatorData),
    signature: text(signature),
    userHandle: userHandle ? text(userHandle) : null,
  });
}

const answer = (credential, response) => ({
  type: credential.type,
  id: credential.id,
  rawId: text(credential.rawId),
  authenticatorAttachment: credential.authenticatorAttachment,
  clientExtensionResults: credential.getClientExtensionResults(),
  response,
});

/** The challenge of a sign-in is asked for when it is needed: until then the visitor has no session. */
async function askedByServer(form) {
  const reply = await fetch(form.action, {
    headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" },
    credentials: "same-origin",
    cache: "no-store",
  });
  if (!reply.ok) throw new Error(String(reply.status));
  return (await reply.json()).request_options;
}

async function act(form) {
  const kind = form.dataset.passkey;
  const options = kind === "enter" ? await askedByServer(form) : JSON.parse(form.dataset.options);
  const made = kind === "create" ? await create(options) : await get(options);
  form.elements.namedItem("credential").value = JSON.stringify(made);
  form.submit();
}

/** A number is no name: WebAuthn Level 2, section 5.1.2, and browsers say so only when it is too late. */
const nameless = () => /^[\d.]+$|^\[/.test(location.hostname);

function show(form, what, visible) {
  const note = form.querySelector(`[data-passkey-${what}]`);
  if (note) note.hidden = !visible;
}

/** The demonstration answers to a name as well: the link to this page becomes one under that name. */
for (const link of document.querySelectorAll("a[data-passkey-named]")) {
  link.hostname = link.dataset.passkeyNamed;
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) {
    if (nameless() || !window.isSecureContext) {
      show(form, "nameless", true);
      show(form, "idle", false);
    }
    continue;
  }
  show(form, "idle", false);
  show(form, "nameless", nameless());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    show(form, "failed", false);
    try {
      await act(form);
    } catch {
      show(form, "failed", !nameless());
      button.disabled = false;
    }
  });
}
