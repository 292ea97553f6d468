/**
 * What lists go by: names and the last parts of paths, compared without regard to ASCII case, and visibility. The
 * expressions are those of listing/orders.ts, letter by letter, or SQLite does not use the index.
 */
export const LISTS_4 = `
CREATE INDEX users_by_name ON users (lower(name), id);
CREATE INDEX users_by_username ON users (lower(username), id);
CREATE INDEX groups_by_name ON groups (lower(name), id);
CREATE INDEX groups_by_path
  ON groups (lower(substr(full_path, length(rtrim(full_path, replace(full_path, '/', ''))) + 1)), id);
CREATE INDEX groups_by_visibility ON groups (visibility);
CREATE INDEX projects_by_name ON projects (lower(name), id);
CREATE INDEX projects_by_path
  ON projects (lower(substr(full_path, length(rtrim(full_path, replace(full_path, '/', ''))) + 1)), id);
CREATE INDEX projects_by_visibility ON projects (visibility);
`;
