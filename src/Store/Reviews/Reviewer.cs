namespace Tda.Store.Reviews;

/// <summary>Somebody who may use the desk, as stored: enough to check a password, not to know it.</summary>
public sealed record Reviewer
{
    /// <summary>The name that they log in with and that stands on their decisions; see <see cref="IsName"/>. Never given to another.</summary>
    public required string Name { get; init; }

    /// <summary>What they may do.</summary>
    public required ReviewRole Role { get; init; }

    /// <summary>The password's hash; null for someone who only comes by OpenID Connect.</summary>
    public string? PasswordHash { get; init; }

    /// <summary>The subject at the issuer, for someone who comes by OpenID Connect: issuer and subject with a space between them; unique.</summary>
    public string? Identity { get; init; }

    /// <summary>When they were added.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When they were shut out; null: they may come in.</summary>
    public DateTimeOffset? DisabledAt { get; init; }

    /// <summary>Counts up whenever password or role changes, or they are shut out: sessions of an older one end.</summary>
    public int Generation { get; init; }

    /// <summary>Whether a name can be a reviewer's: 1 to 64 letters, digits, <c>. _ - @</c>, beginning with a letter or digit.</summary>
    public static bool IsName(string? name) =>
        name is { Length: >= 1 and <= 64 } && char.IsAsciiLetterOrDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '@');
}

/// <summary>What somebody may do at the desk; each may do what those before it may.</summary>
public enum ReviewRole
{
    /// <summary>Reads and reveals.</summary>
    Reader,

    /// <summary>Decides, and takes back their own decisions.</summary>
    Reviewer,

    /// <summary>Settles disagreements, and takes back others' decisions.</summary>
    Adjudicator,

    /// <summary>Adds and removes reviewers.</summary>
    Admin,
}

/// <summary>The reviewers' accounts, beside the log of exchanges. Safe for concurrent use.</summary>
/// <remarks>Every member throws <see cref="TdaException"/> where the store can't be reached; the message says why.</remarks>
public interface IReviewerStore : IAsyncDisposable
{
    /// <summary>Adds an account; false where the name or the identity is taken.</summary>
    Task<bool> AddAsync(Reviewer reviewer, CancellationToken cancellationToken = default);

    /// <summary>The account of this name, or null.</summary>
    Task<Reviewer?> FindAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>The account of this identity at an issuer, or null.</summary>
    Task<Reviewer?> FindIdentityAsync(string identity, CancellationToken cancellationToken = default);

    /// <summary>Every account, by name.</summary>
    Task<IReadOnlyList<Reviewer>> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Writes role, hash, identity and end of an account, and counts its generation up; false where there is none of this name and
    /// <see cref="Reviewer.Generation"/>, since another has changed it meanwhile: what they did, such as shutting it out, must stand.
    /// </summary>
    Task<bool> ChangeAsync(Reviewer reviewer, CancellationToken cancellationToken = default);
}
