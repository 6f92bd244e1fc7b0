using Tda.Gateway.Proxy;

namespace Tda.Gateway.Security;

/// <summary>The secrets that the gateway holds; those of upstreams are held with them.</summary>
internal sealed class HeldSecrets(ForwardingPlans plans, TimeProvider time)
{
    /// <summary>The credential of pages and API.</summary>
    public HeldSecret Admin { get; } = new("the admin credential", time);

    /// <summary>The certificate; null where the gateway speaks no TLS.</summary>
    public ServerCertificate? Certificate { get; set; }

    /// <summary>What could not be read when it was last looked at; what was read before is still in use.</summary>
    public IReadOnlyList<string> Problems => [.. plans.Current.Upstreams.Problems, .. new[] { Admin.Problem, Certificate?.Problem }.OfType<string>()];
}

/// <summary>
/// A secret in memory. A file is read again every two seconds while it is used: a mounted secret changes by a link's swap, and a copy may keep
/// its time, so that only the content tells. What can't be read leaves the old one in use.
/// </summary>
internal sealed class HeldSecret(string name, TimeProvider time)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);

    private Held? _held;

    /// <summary>Why the last look failed; null when it didn't. Names the place, never a value.</summary>
    public string? Problem => Volatile.Read(ref _held)?.Problem is { } problem ? $"{name} is the old one: {problem}" : null;

    /// <summary>The secret.</summary>
    /// <exception cref="TdaException">It can't be read, and was not read from this source before.</exception>
    public string Of(SecretSource source)
    {
        var now = time.GetTimestamp();
        var held = Volatile.Read(ref _held);
        if (held is null || !ReferenceEquals(held.Source, source))
        {
            held = new(source, source.Read(), now, null);
            Volatile.Write(ref _held, held);
        }
        else if (source.File is not null && time.GetElapsedTime(held.At, now) >= LookAgain)
        {
            held = Look(held, now);
            Volatile.Write(ref _held, held);
        }

        return held.Secret;
    }

    private static Held Look(Held held, long now)
    {
        try
        {
            return new(held.Source, held.Source.Read(), now, null);
        }
        catch (TdaException error)
        {
            return held with { At = now, Problem = error.Message };
        }
    }

    private sealed record Held(SecretSource Source, string Secret, long At, string? Problem);
}
