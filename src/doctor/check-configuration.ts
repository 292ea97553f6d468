/** A registry's configuration file, held against what the running registry and the token server say. */
import { judgeBundle, judgeJwks } from './check-key-files.ts';
import { judgeSurroundings } from './check-surroundings.ts';
import { found, well, type Finding } from './finding.ts';
import type { Known } from './known.ts';
import { valueAt, type RegistryConfiguration } from './registry-configuration.ts';

const step = 'configuration';

export function judgeConfiguration(file: RegistryConfiguration, known: Known): Finding[] {
  const general = judgeSurroundings(file);
  const token = valueAt(file.tree, ['auth', 'token']);
  if (typeof token !== 'object' || token === null) return [...general, noTokenAuth(file.tree)];
  const findings = [
    ...general,
    ...judgeOptions(file),
    ...judgeRealm(file.tree, known),
    ...judgeNames(file.tree, known),
    ...judgeForm(file, known),
    ...judgeBundle(file.bundle, known),
    ...judgeJwks(file.jwks, known),
  ];
  if (findings.length > 0) return findings;
  return [well(step, 'The file fits what the registry and the token server say.')];
}

const textAt = (tree: RegistryConfiguration['tree'], name: string): string | undefined => {
  const value = valueAt(tree, ['auth', 'token', name]);
  return typeof value === 'string' && value !== '' ? value : undefined;
};

function noTokenAuth(tree: RegistryConfiguration['tree']): Finding {
  const auth = valueAt(tree, ['auth']);
  const others = typeof auth === 'object' && auth !== null ? Object.keys(auth).join(', ') : '';
  const has = others === '' ? 'no auth section' : `auth.${others.slice(0, 100)}`;
  const remedy =
    'Add auth.token with realm, service, issuer and rootcertbundle (docs/registries.md), and no other kind of auth.';
  return found(
    step,
    'config_no_token_auth',
    `There is no auth.token in the file: it has ${has}.`,
    remedy,
  );
}

function judgeOptions({ tree, bundle, jwks }: RegistryConfiguration): Finding[] {
  const missing = ['realm', 'service', 'issuer'].filter((name) => textAt(tree, name) === undefined);
  if (bundle === null && jwks === null) missing.push('rootcertbundle');
  const findings = missing.map((name) =>
    found(
      step,
      'config_option_missing',
      `auth.token.${name} is missing or no text; the registry does not start without it.`,
      `Set auth.token.${name} (docs/registries.md).`,
    ),
  );
  if (valueAt(tree, ['auth', 'token', 'autoredirect']) === true) {
    const sentence =
      'auth.token.autoredirect is true: the registry sends clients to its own host and ignores realm.';
    const remedy =
      'Take autoredirect away, unless a proxy hands that path (/auth/token) of the registry’s host to wharfpass.';
    findings.push(found(step, 'config_autoredirect', sentence, remedy));
  }
  for (const file of [bundle, jwks]) {
    if (file === null || file.absolute) continue;
    const sentence = `The path ${file.path} is relative: it is looked for in the folder that the registry is started in.`;
    findings.push(found(step, 'config_relative_path', sentence, 'Write the whole path.'));
  }
  return findings;
}

function judgeRealm(tree: RegistryConfiguration['tree'], { demand }: Known): Finding[] {
  const text = textAt(tree, 'realm');
  if (text === undefined) return [];
  if (!URL.canParse(text) || !/^https?:/.test(text)) {
    const sentence = `auth.token.realm is no http or https URL: ${text.slice(0, 200)}.`;
    return [found(step, 'config_realm', sentence, 'Set auth.token.realm to https://<host>/token.')];
  }
  const redirected = valueAt(tree, ['auth', 'token', 'autoredirect']) === true;
  if (demand === null || redirected) return [];
  return differs('realm', new URL(text).href, demand.realm.href);
}

function differs(name: string, file: string, running: string): Finding[] {
  if (file === running) return [];
  const sentence = `The file has ${file} as auth.token.${name}, and the running registry says ${running}.`;
  const remedy = `Start the registry again with this file. If it was, a variable such as REGISTRY_AUTH_TOKEN_${name.toUpperCase()} is stronger.`;
  return [found(step, 'config_not_running', sentence, remedy)];
}

function judgeNames(tree: RegistryConfiguration['tree'], { demand, token }: Known): Finding[] {
  const findings: Finding[] = [];
  const [service, issuer] = [textAt(tree, 'service'), textAt(tree, 'issuer')];
  const running = demand?.service;
  const signed = token?.issuer;
  if (service !== undefined && typeof running === 'string') {
    findings.push(...differs('service', service, running));
  }
  if (issuer !== undefined && typeof signed === 'string' && issuer !== signed) {
    const sentence = `auth.token.issuer is ${issuer}, and the tokens are of ${signed}: the registry refuses them all.`;
    const remedy = `Set auth.token.issuer to ${signed}, or issuer of wharfpass to ${issuer}.`;
    findings.push(found(step, 'issuer_mismatch', sentence, remedy));
  }
  return findings;
}

/** How the token names its key, against what the registry was given to find keys by. */
function judgeForm({ tree, bundle, jwks }: RegistryConfiguration, { token }: Known): Finding[] {
  const findings: Finding[] = [];
  if (token?.hasChain === true && bundle === null && jwks !== null) {
    const sentence =
      'The registry has jwks and no rootcertbundle, and the token brings a certificate chain: it is refused, and the keys in jwks are not looked at.';
    const remedy =
      'Set services.<name>.header of wharfpass to kid-jwks, or give the registry ca.crt as auth.token.rootcertbundle as well.';
    findings.push(found(step, 'config_header_form', sentence, remedy));
  }
  const allowed = valueAt(tree, ['auth', 'token', 'signingalgorithms']);
  const algorithm = token?.algorithm ?? null;
  if (Array.isArray(allowed) && algorithm !== null && !allowed.includes(algorithm)) {
    const sentence = `auth.token.signingalgorithms does not have ${algorithm}, which the token is signed with.`;
    const remedy = `Add ${algorithm} to auth.token.signingalgorithms, or take the list away.`;
    findings.push(found(step, 'config_algorithms', sentence, remedy));
  }
  return findings;
}
