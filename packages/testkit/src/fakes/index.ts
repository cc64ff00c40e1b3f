/**
 * Stand-ins for the world around the product that are not the product's peers: real clients and real servers are
 * never faked, but packages to install and files to find must come from somewhere.
 */

export * from './context.ts';
export * from './distributions.ts';
export * from './faulty-index.ts';
export * from './rotating-service.ts';
export * from './scripted-service.ts';
export * from './upstream-index.ts';
