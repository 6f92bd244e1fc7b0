using Tda.Store;

namespace Tda.Bench.Store;

/// <summary>
/// Exchanges as a gateway records them, the same for every database and run: chat completions of about 2 KB with words
/// drawn by Zipf's law, numbered and chained; sizes are log-normal.
/// </summary>
internal sealed class ExchangeGenerator(int seed)
{
    public const string Session = "bench-session";

    private const int Vocabulary = 20_000;
    private const double MedianWords = 90; // of a prompt and of a response; the mean is half as much again
    private const double Spread = .9;

    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly string[] Words = [.. Enumerable.Range(0, Vocabulary).Select(Word)];

    private readonly Random _random = new(seed);
    private byte[] _link = ExchangeChain.Start(Session);
    private long _number;

    public long BodyBytes { get; private set; }

    /// <summary>The time of the exchange with this number.</summary>
    public static DateTimeOffset TimeOf(long number) => Start.AddMilliseconds(137 * number);

    /// <summary>The id of the exchange with this number.</summary>
    public static string IdOf(long number) => $"{(TimeOf(number).ToUnixTimeMilliseconds() << 16) + (number & 0xFFFF):x16}-{(uint)(number * 2654435761):x8}";

    /// <summary>A word by its rank: 0 is the most common.</summary>
    public static string WordOf(int rank) => Words[rank];

    public IReadOnlyList<Exchange> Next(int count)
    {
        var exchanges = new Exchange[count];
        for (var i = 0; i < count; i++)
        {
            exchanges[i] = Next();
        }

        return exchanges;
    }

    public GatewaySession State() => new()
    {
        Id = Session,
        StartedAt = Start,
        Durability = "written",
        Forwarded = _number,
        Spooled = _number,
        ChainHead = Convert.ToHexStringLower(_link),
    };

    private Exchange Next()
    {
        _number++;
        string prompt = Text(), response = Text(), model = $"model-{_random.Next(8) * _random.Next(2)}";
        var request = JsonSerializer.SerializeToUtf8Bytes(new { model, messages = new[] { new { role = "user", content = prompt } } });
        var answer = JsonSerializer.SerializeToUtf8Bytes(new
        {
            id = "chatcmpl-" + IdOf(_number),
            @object = "chat.completion",
            choices = new[] { new { index = 0, message = new { role = "assistant", content = response }, finish_reason = "stop" } },
            usage = new { prompt_tokens = prompt.Length / 4, completion_tokens = response.Length / 4 },
        });
        BodyBytes += request.Length + answer.Length;
        var state = _random.Next(100) switch { 0 => TerminalState.ClientAbort, 1 => TerminalState.Timeout, _ => TerminalState.Complete };
        var exchange = new Exchange
        {
            Id = IdOf(_number),
            SessionId = Session,
            Sequence = _number,
            Route = "/v1/chat/completions",
            Method = "POST",
            Path = "/v1/chat/completions",
            StartedAt = TimeOf(_number),
            Status = 200,
            State = state,
            WireState = state,
            Streamed = _random.Next(3) == 0,
            Model = model,
            Client = $"key-{_random.Next(20)}",
            Prompt = prompt,
            Messages = [new("user", prompt)],
            Response = response,
            FinishReason = "stop",
            Usage = new(prompt.Length / 4, response.Length / 4, (prompt.Length + response.Length) / 4),
            FirstTokenMs = 100 * _random.NextDouble(),
            TotalMs = 1000 * _random.NextDouble(),
            Tags = _random.Next(4) == 0 ? new Dictionary<string, string> { ["team"] = $"team-{_random.Next(50)}" } : new Dictionary<string, string>(),
            RequestHeaders = [new("content-type", "application/json"), new("user-agent", "bench/1.0"), new("authorization", "[redacted]")],
            ResponseHeaders = [new("content-type", "application/json"), new("x-request-id", IdOf(_number))],
            RequestBody = RecordedBody.Of(request),
            ResponseBody = RecordedBody.Of(answer),
        };
        _link = ExchangeChain.Next(_link, ExchangeEnvelope.Digest(exchange));
        return exchange with { Chain = Convert.ToHexStringLower(_link) };
    }

    private string Text()
    {
        // Box and Muller's normal; 4,000 words at most.
        var normal = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
        var count = Math.Clamp((int)(MedianWords * Math.Exp(Spread * normal)), 3, 4_000);
        var text = new StringBuilder(count * 7);
        for (var i = 0; i < count; i++)
        {
            text.Append(i > 0 ? " " : "").Append(Words[(int)Math.Pow(Vocabulary, _random.NextDouble()) - 1]);
        }

        return text.Append('.').ToString();
    }

    private static string Word(int rank)
    {
        var word = new StringBuilder();
        for (var rest = (uint)rank + 20; rest > 0; rest /= 20)
        {
            word.Append("bcdfghjklmnprstvwxyz"[(int)(rest % 20)]).Append("aeiou"[(int)(rest % 5)]);
        }

        return word.ToString();
    }
}
