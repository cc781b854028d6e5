import Glibc

/// The user who called sudo.
package struct SudoUser: Hashable {
    var user: uid_t
    var group: gid_t

    /// Nil unless this process is root through sudo.
    static var current: SudoUser? {
        guard geteuid() == 0 else { return nil }
        return SudoUser(user: variable("SUDO_UID"), group: variable("SUDO_GID"))
    }

    /// Nil unless both are numbers; the variables are the caller's and may hold anything.
    init?(user: String?, group: String?) {
        guard let user = user.flatMap(uid_t.init), let group = group.flatMap(gid_t.init) else { return nil }
        // The largest number means "leave as it is" to chown.
        guard user != .max, group != .max else { return nil }
        self.user = user
        self.group = group
    }

    private static func variable(_ name: String) -> String? {
        // SAFETY: the value is copied at once; perfdoctor does not change its environment.
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }

    /// Gives a file of ours to the user who called sudo; where that fails it stays root's, which harms nobody.
    package static func giveAway(descriptor: Int32) {
        guard let user = current else { return }
        _ = fchown(descriptor, user.user, user.group)
    }

    /// The same for a directory that nobody else can write to.
    package static func giveAway(_ path: String) {
        guard let user = current else { return }
        // SAFETY: the path is a terminated string for the duration of the call.
        unsafe _ = lchown(path, user.user, user.group)
    }
}
