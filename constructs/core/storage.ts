/** Name of the StorageClass of all disks: the platform makes it, claims name it. */
export const storageClass = 'box-retain';
