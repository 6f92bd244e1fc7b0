namespace Tda.Store;

/// <summary>Something that was done with the log: a raw view, an export, an erasure, a retention run.</summary>
public sealed record AuditEntry
{
    /// <summary>Its place in the audit, given by the store.</summary>
    public long Number { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Who: a user's or key's name.</summary>
    public required string Actor { get; init; }

    /// <summary>
    /// What, one word: <c>view_raw</c>, <c>export</c>, <c>erase</c>, <c>prune</c>, <c>key_issue</c>, <c>key_revoke</c>,
    /// <c>key_rotate</c>, <c>login</c>, <c>login_failed</c>, <c>logout</c>, <c>refused</c>, <c>reviewer_add</c>, <c>reviewer_change</c>.
    /// </summary>
    public required string Action { get; init; }

    /// <summary>With what: an exchange's id, a file, a date.</summary>
    public required string Subject { get; init; }

    /// <summary>More about it; never content.</summary>
    public string? Detail { get; init; }
}
