namespace Tda.Store.Tests;

public class ChatTextTests
{
    [Fact]
    public void Render_SingleUserMessage_ItsContentVerbatim() => Assert.Equal("Hi\nyou", ChatText.Render([new("user", "Hi\nyou")]));

    [Fact]
    public void Render_OtherChats_LinesThatEndWhereTheAssistantGoesOn()
    {
        Assert.Equal("system: s\nassistant: ", ChatText.Render([new("system", "s")]));
        Assert.Equal("user: a\nassistant: b\nuser: c\nassistant: ", ChatText.Render([new("user", "a"), new("assistant", "b"), new("user", "c")]));
    }
}
