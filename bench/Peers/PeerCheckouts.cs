namespace Tda.Bench.Peers;

/// <summary>Checkouts of the libraries that are compared with, by name, in one folder: nothing of theirs is part of this repository.</summary>
public sealed record PeerCheckouts
{
    /// <summary>Name, repository, and the folder that Python imports.</summary>
    private static readonly (string Name, string Repository, string Package)[] Known =
    [
        ("kronfluence", "pomonam/kronfluence", "kronfluence"), ("logix", "logix-project/logix", "logix"), ("dattri", "TRAIS-Lab/dattri", "dattri"),
    ];

    private readonly IReadOnlyDictionary<string, string> _folders;

    private PeerCheckouts(IReadOnlyDictionary<string, string> folders) => _folders = folders;

    /// <summary>Names of all libraries that can be compared with.</summary>
    public static IReadOnlyList<string> Names => [.. Known.Select(peer => peer.Name)];

    /// <summary>Those that are compared with.</summary>
    public IReadOnlyList<string> Chosen => [.. Names.Where(_folders.ContainsKey)];

    /// <summary>Finds checkouts.</summary>
    /// <param name="folder">Where they are, each in a folder of its name; null: none was named.</param>
    /// <param name="names">Which are wanted; all when empty.</param>
    /// <exception cref="UsageException">No folder, an unknown library, or checkouts that aren't there: says which, all at once, and what to do.</exception>
    public static PeerCheckouts In(string? folder, IReadOnlyCollection<string> names)
    {
        var unknown = names.Except(Names).ToArray();
        if (unknown.Length > 0)
        {
            throw new UsageException($"--peers {string.Join(" ", unknown)}: the libraries are {string.Join(", ", Names)}.");
        }

        var wanted = Known.Where(peer => names.Count == 0 || names.Contains(peer.Name)).ToArray();
        if (folder is null)
        {
            throw new UsageException($"--checkouts DIR is required: a folder with checkouts of {string.Join(", ", wanted.Select(peer => peer.Repository))}.");
        }

        var missing = wanted.Where(peer => !Directory.Exists(Path.Combine(folder, peer.Name, peer.Package))).ToArray();
        if (missing.Length > 0)
        {
            throw new UsageException(
                $"--checkouts {folder} has no checkout of {string.Join(", ", missing.Select(peer => peer.Name))}. Clone "
                + $"{string.Join(", ", missing.Select(peer => $"github.com/{peer.Repository} to {Path.Combine(folder, peer.Name)}"))}; or leave out what isn't there by --peers.");
        }

        return new PeerCheckouts(wanted.ToDictionary(peer => peer.Name, peer => Path.GetFullPath(Path.Combine(folder, peer.Name)), StringComparer.Ordinal));
    }

    /// <summary>Where a library's checkout is; null for one that isn't compared with.</summary>
    public string? this[string name] => _folders.GetValueOrDefault(name);
}
