using System.Diagnostics;
using System.Text.Json.Nodes;
using Tda.Bench.Gateway.Load;

namespace Tda.Bench.Gateway.Streams;

/// <summary>What a number of streams looked like to their clients; times in µs.</summary>
internal sealed class StreamReport
{
    private readonly Lock _lock = new();

    /// <summary>From sending the request to the first event.</summary>
    public Histogram FirstToken { get; private init; } = new();

    /// <summary>From sending an event to its coming.</summary>
    public Histogram Delay { get; private init; } = new();

    /// <summary>How much longer or shorter than the sent gap a gap between two events was.</summary>
    public Histogram Jitter { get; private init; } = new();

    public long Complete { get; private set; }

    /// <summary>Streams that broke, or lacked events or their end.</summary>
    public long Errors { get; private set; }

    public string? FirstError { get; private set; }

    public void Add(long start, List<(long Sent, long Come)> events)
    {
        lock (_lock)
        {
            if (events.Count > 0)
            {
                FirstToken.Add(Stopwatch.GetElapsedTime(start, events[0].Come).TotalMicroseconds);
            }

            for (var i = 0; i < events.Count; i++)
            {
                Delay.Add(Stopwatch.GetElapsedTime(events[i].Sent, events[i].Come).TotalMicroseconds);
                if (i > 0)
                {
                    TimeSpan sent = Stopwatch.GetElapsedTime(events[i - 1].Sent, events[i].Sent), come = Stopwatch.GetElapsedTime(events[i - 1].Come, events[i].Come);
                    Jitter.Add(Math.Abs((come - sent).TotalMicroseconds));
                }
            }
        }
    }

    public void Streamed(bool complete)
    {
        lock (_lock)
        {
            if (complete)
            {
                Complete++;
            }
            else
            {
                Fail("a stream lacked events or its end");
            }
        }
    }

    public void Failed(string error)
    {
        lock (_lock)
        {
            Fail(error);
        }
    }

    public JsonObject ToJson() => new()
    {
        ["complete"] = Complete,
        ["errors"] = Errors,
        ["first_error"] = FirstError,
        ["first_token"] = FirstToken.ToJson(),
        ["delay"] = Delay.ToJson(),
        ["jitter"] = Jitter.ToJson(),
    };

    public static StreamReport Parse(JsonNode json) => new()
    {
        Complete = json["complete"]!.GetValue<long>(),
        Errors = json["errors"]!.GetValue<long>(),
        FirstError = json["first_error"]?.GetValue<string>(),
        FirstToken = Histogram.Parse(json["first_token"]!),
        Delay = Histogram.Parse(json["delay"]!),
        Jitter = Histogram.Parse(json["jitter"]!),
    };

    private void Fail(string error)
    {
        Errors++;
        FirstError ??= error;
    }
}
