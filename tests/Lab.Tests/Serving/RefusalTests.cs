using System.Net.Sockets;
using Tda.Lab.Serving;
using Tda.Lab.Tests.Support;

namespace Tda.Lab.Tests.Serving;

public class RefusalTests
{
    public static TheoryData<string, string, int, string?, string?> Bad => new()
    {
        { "completions", "{", 400, null, null },
        { "completions", "[]", 400, null, null },
        { "completions", "", 400, null, null },
        { "completions", """{"prompt":"x"}""", 400, "model", "missing_required_parameter" },
        { "completions", """{"model":"closed-1"}""", 400, "prompt", "missing_required_parameter" },
        { "completions", """{"model":"closed-1","prompt":null}""", 400, "prompt", "missing_required_parameter" },
        { "completions", """{"model":"closed-1","prompt":[]}""", 400, "prompt", "empty_array" },
        { "completions", """{"model":"closed-1","prompt":["a",5]}""", 400, "prompt[1]", "invalid_type" },
        { "completions", """{"model":"closed-1","prompt":"\ud800"}""", 400, "prompt", "invalid_value" },
        { "completions", """{"model":7,"prompt":"x"}""", 400, "model", "invalid_type" },
        { "completions", """{"model":"other","prompt":"x"}""", 404, "model", "model_not_found" },
        { "completions", """{"model":"closed-1","prompt":"x","temperature":2.5}""", 400, "temperature", "invalid_value" },
        { "completions", """{"model":"closed-1","prompt":"x","temperature":"hot"}""", 400, "temperature", "invalid_type" },
        { "completions", """{"model":"closed-1","prompt":"x","top_p":1.1}""", 400, "top_p", "invalid_value" },
        { "completions", """{"model":"closed-1","prompt":"x","n":0}""", 400, "n", "invalid_value" },
        { "completions", """{"model":"closed-1","prompt":"x","n":1.5}""", 400, "n", "invalid_type" },
        { "completions", """{"model":"closed-1","prompt":"x","max_tokens":0}""", 400, "max_tokens", "invalid_value" },
        { "completions", """{"model":"closed-1","prompt":"x","logprobs":6}""", 400, "logprobs", "invalid_value" },
        { "completions", """{"model":"closed-1","prompt":"x","logprobs":true}""", 400, "logprobs", "invalid_type" },
        { "completions", """{"model":"closed-1","prompt":"x","stop":["a","b","c","d","e"]}""", 400, "stop", "array_above_max_length" },
        { "completions", """{"model":"closed-1","prompt":"x","stop":""}""", 400, "stop", "invalid_value" },
        { "completions", """{"model":"closed-1","prompt":"x","seed":"one"}""", 400, "seed", "invalid_type" },
        { "completions", """{"model":"closed-1","prompt":"x","stream":1}""", 400, "stream", "invalid_type" },
        { "completions", """{"model":"closed-1","prompt":"x","stream_options":{}}""", 400, "stream_options", null },
        { "completions", """{"model":"closed-1","prompt":"x","stream":true,"stream_options":{"include_usage":2}}""", 400, "stream_options.include_usage", "invalid_type" },
        { "completions", """{"model":"closed-1","prompt":"x","echo":"yes"}""", 400, "echo", "invalid_type" },
        { "completions", """{"model":"closed-1","prompt":"x","best_of":3}""", 400, "best_of", "unsupported_parameter" },
        { "completions", """{"model":"closed-1","prompt":"x","presence_penalty":1}""", 400, "presence_penalty", "unsupported_parameter" },
        { "completions", """{"model":"closed-1","prompt":"x","logit_bias":{"5":1}}""", 400, "logit_bias", "unsupported_parameter" },
        { "chat/completions", """{"model":"closed-1"}""", 400, "messages", "missing_required_parameter" },
        { "chat/completions", """{"model":"closed-1","messages":[]}""", 400, "messages", "empty_array" },
        { "chat/completions", """{"model":"closed-1","messages":"hi"}""", 400, "messages", "invalid_type" },
        { "chat/completions", """{"model":"closed-1","messages":["hi"]}""", 400, "messages[0]", "invalid_type" },
        { "chat/completions", """{"model":"closed-1","messages":[{"role":"king","content":"hi"}]}""", 400, "messages[0].role", "invalid_value" },
        { "chat/completions", """{"model":"closed-1","messages":[{"role":"user"}]}""", 400, "messages[0].content", "missing_required_parameter" },
        { "chat/completions", """{"model":"closed-1","messages":[{"role":"user","content":[{"type":"image_url"}]}]}""", 400, "messages[0].content[0].type", "invalid_value" },
        { "chat/completions", """{"model":"closed-1","messages":[{"role":"user","content":"x"}],"top_logprobs":2}""", 400, "top_logprobs", null },
        { "chat/completions", """{"model":"closed-1","messages":[{"role":"user","content":"x"}],"logprobs":true,"top_logprobs":21}""", 400, "top_logprobs", "invalid_value" },
        { "chat/completions", """{"model":"closed-1","messages":[{"role":"user","content":"x"}],"tools":[{}]}""", 400, "tools", "unsupported_parameter" },
        { "chat/completions", """{"model":"closed-1","messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_object"}}""", 400, "response_format", "unsupported_parameter" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task Post_BadRequest_GivesErrorObjectNamingTheParameter(string path, string body, int status, string? param, string? code)
    {
        await using var served = await Served.StartAsync(FunctionModel.Bigram(1));
        using var response = await served.Http.PostAsync($"v1/{path}", new StringContent(body, Encoding.UTF8, "application/json"));
        await AssertErrorAsync(response, status, param, code);
    }

    [Theory]
    [InlineData("GET", "v1/completions", 405, "POST")]
    [InlineData("DELETE", "v1/chat/completions", 405, "POST")]
    [InlineData("POST", "v1/models", 405, "GET")]
    [InlineData("GET", "v1/engines", 404, null)]
    [InlineData("GET", "", 404, null)]
    public async Task Send_WrongMethodOrPath_GivesErrorObject(string method, string path, int status, string? allow)
    {
        await using var served = await Served.StartAsync(FunctionModel.Bigram(1));
        using var response = await served.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        await AssertErrorAsync(response, status, null, status == 405 ? "method_not_supported" : null);
        Assert.Equal(allow, response.Content.Headers.Allow.SingleOrDefault());
    }

    [Fact]
    public async Task Post_UnknownFields_AreIgnored()
    {
        await using var served = await Served.StartAsync(FunctionModel.Bigram(1));
        await served.PostAsync("v1/completions", new { model = "closed-1", prompt = "x", user = "u", store = true, novelty = new { deep = 1 }, presence_penalty = 0, best_of = 1 });
    }

    [Fact]
    public async Task Post_ContentParts_AreOneText()
    {
        await using var served = await Served.StartAsync(FunctionModel.Bigram(1));
        var parts = new object[] { new { type = "text", text = "ab" }, new { type = "text", text = "cd" } };
        var answer = await served.PostAsync("v1/chat/completions", new { model = "closed-1", max_tokens = 1, messages = new[] { new { role = "user", content = parts } } });
        Assert.Equal(5, answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
    }

    [Fact]
    public async Task Post_BodyTooLarge_Gives413()
    {
        await using var served = await Served.StartAsync(FunctionModel.Bigram(1), o => o with { MaxBodyBytes = 1000 });
        using var response = await served.Http.PostAsync("v1/completions", new StringContent(new string('x', 5000)));
        await AssertErrorAsync(response, 413, null, "request_too_large");
    }

    [Fact]
    public async Task Post_QueueFull_Gives429ThenRecovers()
    {
        using var entered = new SemaphoreSlim(0);
        using var go = new ManualResetEventSlim();
        var model = new FunctionModel(new PieceTokenizer(), 64, FunctionModel.Bigram(1).Logits)
        {
            BeforeStep = _ =>
            {
                entered.Release();
                go.Wait();
            },
        };
        await using var served = await Served.StartAsync(model, o => o with { MaxBatch = 1, MaxQueue = 1 });
        Task<HttpResponseMessage> PostAsync() => served.Http.PostAsync("v1/completions", new StringContent(
            """{"model":"closed-1","prompt":"x","max_tokens":2}""", Encoding.UTF8, "application/json"));
        var running = PostAsync();
        await entered.WaitAsync();

        // One of these takes the only place in the queue, whichever comes first; the other is refused while it waits.
        Task<HttpResponseMessage>[] two = [PostAsync(), PostAsync()];
        using var refused = await await Task.WhenAny(two);
        await AssertErrorAsync(refused, 429, null, "queue_full");
        Assert.NotNull(refused.Headers.RetryAfter);
        go.Set();
        foreach (var response in await Task.WhenAll([running, .. two]))
        {
            Assert.True(response == refused || response.IsSuccessStatusCode);
        }
    }

    [Fact]
    public async Task Post_DecodingFails_Gives500AndTheServerGoesOn()
    {
        var fail = true;
        var bigram = FunctionModel.Bigram(1);
        var model = new FunctionModel(new PieceTokenizer(), 64, bigram.Logits)
        {
            BeforeStep = _ =>
            {
                if (fail)
                {
                    throw new InvalidOperationException("out of paper");
                }
            },
        };
        await using var served = await Served.StartAsync(model);
        using var response = await served.Http.PostAsync("v1/completions", new StringContent("""{"model":"closed-1","prompt":"x"}""", Encoding.UTF8, "application/json"));
        await AssertErrorAsync(response, 500, null, "internal_error");
        fail = false;
        await served.PostAsync("v1/completions", new { model = "closed-1", prompt = "x" });
    }

    [Fact]
    public async Task StartAsync_PortInUse_SaysSoAndWhatToDo()
    {
        using var taken = new TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var listen = new Uri($"http://127.0.0.1:{((System.Net.IPEndPoint)taken.LocalEndpoint).Port}");
        var error = await Assert.ThrowsAsync<TdaException>(
            () => LabServer.StartAsync(FunctionModel.Bigram(1), new LabServerOptions { ModelName = "m", Listen = listen }));
        Assert.Contains("already in use", error.Message);
        Assert.Contains(listen.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), error.Message);
    }

    [Fact]
    public async Task StartAsync_WrongOptions_NamesAllOfThem()
    {
        var error = await Assert.ThrowsAsync<UsageException>(() => LabServer.StartAsync(
            FunctionModel.Bigram(1), new LabServerOptions { ModelName = "", MaxBatch = 0, Listen = new Uri("ftp://x") }));
        Assert.Contains("http://", error.Message);
        Assert.Contains("name", error.Message);
        Assert.Contains("batch", error.Message);
    }

    [Fact]
    public async Task StopAsync_WhileAnswering_FinishesTheAnswer()
    {
        using var entered = new SemaphoreSlim(0);
        var model = new FunctionModel(new PieceTokenizer(), 64, FunctionModel.Bigram(1).Logits) { BeforeStep = _ => entered.Release() };
        await using var served = await Served.StartAsync(model);
        var answer = served.PostAsync("v1/completions", new { model = "closed-1", prompt = "x", max_tokens = 40 });
        await entered.WaitAsync();
        await served.Server.StopAsync();
        Assert.Equal(40, (await answer).GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    private static async Task AssertErrorAsync(HttpResponseMessage response, int status, string? param, string? code)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == status, $"{(int)response.StatusCode}: {text}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        var error = JsonDocument.Parse(text).RootElement.GetProperty("error");
        Assert.NotEmpty(error.GetProperty("message").GetString()!);
        Assert.NotEmpty(error.GetProperty("type").GetString()!);
        Assert.Equal(param, error.GetProperty("param").GetString());
        Assert.Equal(code, error.GetProperty("code").GetString());
    }
}
