/** What matters in a registry's configuration beside auth.token. */
import { found, well, type Finding } from './finding.ts';
import { valueAt, type RegistryConfiguration } from './registry-configuration.ts';

const step = 'configuration';

export function judgeSurroundings(file: RegistryConfiguration): Finding[] {
  return [...judgeEnvironment(file), ...judgeStorage(file.tree), ...judgeSecret(file.tree)];
}

function judgeEnvironment({ authFile, overrides }: RegistryConfiguration): Finding[] {
  const findings: Finding[] = [];
  if (authFile) {
    findings.push(
      found(
        step,
        'config_auth_file',
        'REGISTRY_AUTH_FILE is set here. skopeo and podman mean their credentials by it; a registry reads it as its setting auth.file and does not start.',
        'Do not export REGISTRY_AUTH_FILE where the registry is started.',
      ),
    );
  }
  if (overrides.length > 0) {
    findings.push(well(step, `Set here and stronger than the file: ${overrides.join(', ')}.`));
  }
  return findings;
}

function judgeStorage(tree: RegistryConfiguration['tree']): Finding[] {
  if (valueAt(tree, ['storage', 'delete', 'enabled']) === true) return [];
  const sentence =
    'storage.delete.enabled is not true: the registry deletes nothing, whatever a token allows (405).';
  return [
    found(
      step,
      'config_delete_off',
      sentence,
      'Set storage.delete.enabled to true if people shall delete tags and images.',
    ),
  ];
}

function judgeSecret(tree: RegistryConfiguration['tree']): Finding[] {
  const secret = valueAt(tree, ['http', 'secret']);
  if (typeof secret === 'string' && secret !== '') return [];
  const sentence =
    'http.secret is not set: each registry makes its own, and several behind one name refuse each other’s uploads.';
  return [
    found(
      step,
      'config_http_secret',
      sentence,
      'With more than one registry, set http.secret to the same random text on all.',
    ),
  ];
}
