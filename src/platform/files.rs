//! Private folders and files: mode 0700 and 0600, whatever the umask is.
//! Their content and place are decided by the callers.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{ErrorKind, Result};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

const FOLDER: u32 = 0o700;
const FILE: u32 = 0o600;

/// Creates the folder and its missing parents. A folder that exists keeps its mode, which somebody may have
/// chosen.
pub fn private_folder(path: &Path) -> Result<()> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent() {
        private_folder(above)?;
    }
    match DirBuilder::new().mode(FOLDER).create(path) {
        Ok(()) => fs::set_permissions(path, Permissions::from_mode(FOLDER)),
        // Two processes that start together.
        Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Opens the file for writing, creating it if it is missing. Access of others, which an earlier version may
/// have left, is removed.
pub fn private_file(path: &Path) -> Result<File> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(FILE).open(path)?;
    // Only the owner may change the mode: a file of another user keeps its own.
    let _ = close_to_others(&file);
    Ok(file)
}

/// A new file; an error of the kind `AlreadyExists` if there is one.
pub fn new_private_file(path: &Path) -> Result<File> {
    let file = OpenOptions::new().create_new(true).write(true).mode(FILE).open(path)?;
    close_to_others(&file)?;
    Ok(file)
}

fn close_to_others(file: &File) -> Result<()> {
    let metadata = file.metadata()?;
    if metadata.is_file() && metadata.permissions().mode() & 0o777 != FILE {
        file.set_permissions(Permissions::from_mode(FILE))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_made_is_closed_to_others_and_what_is_there_keeps_its_folder() {
        let outside = tempfile::tempdir().unwrap();
        fs::set_permissions(outside.path(), Permissions::from_mode(0o755)).unwrap();
        let folder = outside.path().join("data/mail");
        private_folder(&folder).unwrap();
        private_folder(&folder).unwrap();
        let file = folder.join("a");
        new_private_file(&file).unwrap();
        assert_eq!(new_private_file(&file).unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(
            [mode(outside.path()), mode(&outside.path().join("data")), mode(&folder), mode(&file)],
            [0o755, 0o700, 0o700, 0o600]
        );
    }

    #[test]
    fn what_was_open_to_others_is_closed_and_keeps_its_content() {
        let outside = tempfile::tempdir().unwrap();
        let file = outside.path().join("old.db");
        fs::write(&file, "kept").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        private_file(&file).unwrap();
        assert_eq!((mode(&file), fs::read_to_string(&file).unwrap()), (0o600, "kept".to_owned()));
    }
}
