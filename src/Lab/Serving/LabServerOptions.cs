using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Tda.Lab.Serving;

/// <summary>How the lab's closed model is served.</summary>
public sealed record LabServerOptions
{
    /// <summary>Where to listen; port 0 takes a free port. Default <c>http://127.0.0.1:0</c>.</summary>
    public Uri Listen { get; init; } = new("http://127.0.0.1:0");

    /// <summary>The model's name in requests and answers.</summary>
    public required string ModelName { get; init; }

    /// <summary>When set, requests must carry <c>Authorization: Bearer</c> with this key. Default: none.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Sequences decoded together, at least 1. Default 64.</summary>
    public int MaxBatch { get; init; } = 64;

    /// <summary>Sequences that may wait for a place in the batch, at least 1; beyond it requests get 429. Default 4096.</summary>
    public int MaxQueue { get; init; } = 4096;

    /// <summary>The largest request body, in bytes; beyond it requests get 413. Default 4 MiB.</summary>
    public long MaxBodyBytes { get; init; } = 4 << 20;

    /// <summary>Where the seeds of requests that give none begin; they count up from here. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>How long a graceful stop waits for answers under way. Default 5 s.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Clock of the <c>created</c> fields.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Receives failures that become 500s. Default: none.</summary>
    public ILoggerFactory Logging { get; init; } = NullLoggerFactory.Instance;

    /// <summary>Checks every property.</summary>
    /// <exception cref="UsageException">Names all that is wrong.</exception>
    public void Validate()
    {
        var wrong = new List<string>();
        if (!Listen.IsAbsoluteUri || Listen.Scheme != Uri.UriSchemeHttp)
        {
            wrong.Add($"the address to listen at must be an http:// URL, not '{Listen}'");
        }

        if (ModelName.Length == 0)
        {
            wrong.Add("the model's name must not be empty");
        }

        if (ApiKey is "")
        {
            wrong.Add("the API key must not be empty");
        }

        if (MaxBatch < 1 || MaxQueue < 1 || MaxBodyBytes < 1)
        {
            wrong.Add("the largest batch, queue and body must be at least 1");
        }

        if (wrong.Count > 0)
        {
            throw new UsageException($"Lab server: {string.Join("; ", wrong)}.");
        }
    }
}
