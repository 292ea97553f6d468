/** Loaded into a Node.js program of a host of the mesh: its connections to the loopback network come from the host's address. */
import { Socket } from 'node:net';
import process from 'node:process';

const source = process.env['WHARFPASS_TEST_SOURCE'];
const { connect } = Socket.prototype;

Socket.prototype.connect = function connectFrom(...args) {
  const [first] = args;
  const options = Array.isArray(first) ? first[0] : first;
  if (typeof options === 'object' && String(options.host).startsWith('127.')) {
    options.localAddress ??= source;
  }
  return connect.apply(this, args);
};
